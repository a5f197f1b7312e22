/** The text of a GET as a browser's back end sends it, with ten fields. */
export function requestText(authority: string, path: string): string {
  const fields = [
    `Host: ${authority}`,
    'User-Agent: python-requests/2.32.3',
    'Accept: application/json, text/plain, */*',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: en-GB,en;q=0.9',
    'Cookie: session=eyJ1c2VyIjoiamFzb24ifQ.Zx1q2w; theme=dark',
    'End-User: jason',
    'X-Request-Id: 6f1c2d9e-7a0b-4f53-9d6e-2b7f0c1a4e58',
    'Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'Cache-Control: no-cache',
  ];
  return `GET ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`;
}
