import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A small S3 in memory: what packages need of it, with the errors they have to bear. */
export interface S3Server {
  url: string;
  objects: Map<string, Buffer>;
  /** Parts of uploads that are not complete. */
  uploads: Map<string, { name: string; parts: Map<number, Buffer> }>;
  /** The next requests of this method are answered so; for faults. */
  fail: { method: string; status: number; code: string }[];
  /** Requests without a signature. */
  unsigned: number;
  close(): Promise<void>;
}

export async function startS3(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const uploads: S3Server['uploads'] = new Map();
  const house: S3Server = { url: '', objects, uploads, fail: [], unsigned: 0, close: async () => {} };
  const server: Server = createServer((request, response) => {
    void answer(house, request).then(({ status, body = Buffer.alloc(0), headers = {} }) => {
      response.writeHead(status, { 'content-length': body.length, ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  house.url = `http://127.0.0.1:${address.port}/bucket`;
  house.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return house;
}

interface Answer {
  status: number;
  body?: Buffer;
  headers?: Record<string, string | number>;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const etag = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
const xml = (text: string): Answer => ({
  status: 200,
  body: Buffer.from(`<?xml version="1.0"?>${text}`),
  headers: { 'content-type': 'application/xml' },
});
const missing: Answer = { status: 404, body: Buffer.from('<Error><Code>NoSuchKey</Code></Error>') };

async function answer(house: S3Server, request: IncomingMessage): Promise<Answer> {
  const body = await readBody(request);
  const url = new URL(request.url ?? '/', 'http://s3');
  const name = url.pathname.replace(/^\/bucket\//, '');
  const { method = 'GET' } = request;
  if (!/^AWS4-HMAC-SHA256 Credential=/.test(request.headers.authorization ?? '')) house.unsigned++;
  const fault = house.fail.findIndex((one) => one.method === method);
  if (fault >= 0) {
    const [{ status, code } = { status: 500, code: '' }] = house.fail.splice(fault, 1);
    return { status, body: Buffer.from(`<Error><Code>${code}</Code></Error>`) };
  }
  const id = url.searchParams.get('uploadId');
  const upload = id ? house.uploads.get(id) : undefined;
  if (id && !upload) return { status: 404, body: Buffer.from('<Error><Code>NoSuchUpload</Code></Error>') };
  if (method === 'POST' && url.searchParams.has('uploads')) {
    const made = randomBytes(8).toString('hex');
    house.uploads.set(made, { name, parts: new Map() });
    return xml(`<InitiateMultipartUploadResult><UploadId>${made}</UploadId></InitiateMultipartUploadResult>`);
  }
  if (upload && id) {
    if (method === 'PUT') {
      upload.parts.set(Number(url.searchParams.get('partNumber')), body);
      return { status: 200, headers: { etag: etag(body) } };
    }
    if (method === 'GET') {
      const parts = [...upload.parts].sort(([a], [b]) => a - b);
      const after = Number(url.searchParams.get('part-number-marker') ?? 0);
      // Pages of two, so that the reader has to turn them.
      const page = parts.filter(([number]) => number > after).slice(0, 2);
      const more = parts.some(([number]) => number > (page.at(-1)?.[0] ?? after));
      return xml(
        `<ListPartsResult>${page
          .map(
            ([number, bytes]) =>
              `<Part><PartNumber>${number}</PartNumber><ETag>${etag(bytes).replaceAll('"', '&quot;')}</ETag><Size>${bytes.length}</Size></Part>`,
          )
          .join(
            '',
          )}<IsTruncated>${more}</IsTruncated><NextPartNumberMarker>${page.at(-1)?.[0] ?? after}</NextPartNumberMarker></ListPartsResult>`,
      );
    }
    if (method === 'DELETE') {
      house.uploads.delete(id);
      return { status: 204 };
    }
    const listed = [...body.toString('utf8').matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map((match) =>
      Number(match[1]),
    );
    house.objects.set(name, Buffer.concat(listed.map((number) => upload.parts.get(number) ?? Buffer.alloc(0))));
    house.uploads.delete(id);
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  }
  if (method === 'PUT') {
    house.objects.set(name, body);
    return { status: 200, headers: { etag: etag(body) } };
  }
  if (method === 'DELETE') {
    house.objects.delete(name);
    return { status: 204 };
  }
  const object = house.objects.get(name);
  if (!object) return missing;
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (!range) return { status: 200, body: object, headers: { 'content-length': object.length } };
  const [, first = '0', last = '0'] = range;
  return { status: 206, body: object.subarray(Number(first), Number(last) + 1) };
}
