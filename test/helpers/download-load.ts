/** A child of the download bench: several clients at once take one address whole, as fast as it comes, and throw it away. */
import { connect } from 'node:net';

const [url = '', clients = '8'] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(url);

/** One client on a bare socket: what a download manager costs, and nothing more. @returns bytes of the body */
function take(): Promise<number> {
  return new Promise((resolve, reject) => {
    let head = '';
    let size = -1;
    let got = 0;
    const buffer = Buffer.allocUnsafeSlow(1 << 18);
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer,
        callback(bytes) {
          let body = bytes;
          if (size < 0) {
            head += buffer.toString('latin1', 0, bytes);
            const end = head.indexOf('\r\n\r\n');
            if (end < 0) return true;
            if (!/^HTTP\/1\.[01] 200/.test(head)) reject(new Error(head.slice(0, 60)));
            size = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
            body = head.length - end - 4;
          }
          got += body;
          if (got >= size) socket.destroy();
          return true;
        },
      },
    });
    socket.once('connect', () =>
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`),
    );
    socket.once('error', reject);
    socket.once('close', () => (got === size ? resolve(got) : reject(new Error(`${got} of ${size} bytes came`))));
  });
}

const started = performance.now();
Promise.all(Array.from({ length: Number(clients) }, take)).then(
  (all) => {
    const bytes = all.reduce((sum, one) => sum + one, 0);
    process.stdout.write(JSON.stringify({ bytes, seconds: (performance.now() - started) / 1000 }));
  },
  (error: unknown) => {
    process.stderr.write(String(error));
    process.exit(1);
  },
);
