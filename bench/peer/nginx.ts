import type { NativePeer, NativePlace } from './native-process.ts';

/** nginx, one worker, with the same routes and the same demand for a client certificate. */
export const nginx: NativePeer = {
  program: 'nginx',
  debian: 'nginx',
  versionArgs: ['-v'],
  configuration,
  arguments: (folder, file) => ['-p', folder, '-e', `${folder}/error.log`, '-c', file],
};

/** Without a master process, so that the process which is measured is the one that works. */
function configuration({ folder, ports, origin }: NativePlace): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
worker_rlimit_nofile 20000;
events { worker_connections 10000; }
http {
  access_log off;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  map $http_x_request_id $id { default $http_x_request_id; '' $request_id; }
  map $http_end_user $to { default origin; tester canary; }
  upstream origin { server 127.0.0.1:${origin}; keepalive 64; keepalive_requests 100000000; }
  upstream canary { server 127.0.0.1:${origin}; keepalive 64; }
  proxy_http_version 1.1;
  proxy_set_header Host $http_host;
  proxy_set_header Connection '';
  proxy_set_header X-Request-Id $id;
  server {
    listen 127.0.0.1:${ports.plain};
    server_name reviews reviews.default.svc.cluster.local;
    location / { return 404; }
    location /api/ { proxy_pass http://$to; }
  }
  server {
    listen 127.0.0.1:${ports.mtls} ssl;
    ssl_certificate ${folder}/server.crt;
    ssl_certificate_key ${folder}/server.key;
    ssl_client_certificate ${folder}/roots.pem;
    ssl_verify_client on;
    ssl_verify_depth 3;
    ssl_protocols TLSv1.3;
    ssl_session_tickets off;
    location / { return 403; }
    location /api/ { limit_except GET { deny all; } proxy_pass http://origin; }
  }
}
`;
}
