// An application that knows nothing of a mesh: it listens where PORT says and ends when it is asked to.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  if (request.url === '/metrics') response.end('# TYPE greetings_total counter\ngreetings_total 1\n');
  else response.end('hello\n');
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`I am ${process.env.WEFT_IDENTITY}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
