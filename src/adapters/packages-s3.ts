import { randomBytes } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { drain, endHash, feedHash, freshHash, type PackageStore, type RunningHash } from './packages.ts';

export interface S3Settings {
  /** `https://host/bucket` or `https://host/bucket/folder`. */
  url: string;
  region: string;
  keyId: string;
  secret: string;
}

/** 16 MB a part: an upload holds one in memory, and 10,000 of them are 160 GB. The protocol wants at least 5 MB. */
const PART_BYTES = 16 * 2 ** 20;

interface Part {
  number: number;
  etag: string;
  size: number;
}

/**
 * Packages in storage that speaks S3, by its multipart upload. What is left over after the last whole part is kept as an
 * object of its own, named by the offset it starts at, until more comes: so an upload can be gone on with after any cut,
 * and by any server.
 * @param options.partBytes for tests
 */
export function s3Packages(settings: S3Settings, options: { partBytes?: number } = {}): PackageStore {
  const partBytes = options.partBytes ?? PART_BYTES;
  const base = settings.url.replace(/\/+$/, '');
  const client = new AwsClient({
    accessKeyId: settings.keyId,
    secretAccessKey: settings.secret,
    region: settings.region,
    service: 's3',
    retries: 3,
  });
  const running = new Map<string, RunningHash>();

  const ask = async (method: string, name: string, query = '', init: RequestInit = {}): Promise<Response> => {
    const answer = await client.fetch(`${base}/${name}${query}`, { ...init, method });
    if (answer.ok || answer.status === 404) return answer;
    const text = await answer.text();
    const code = /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? `status ${answer.status}`;
    throw Object.assign(new Error(`storage refused ${method}: ${code}`), {
      code: /QuotaExceeded|StorageFull|InsufficientStorage/i.test(code) || answer.status === 507 ? 'ENOSPC' : code,
    });
  };
  const must = async (...call: Parameters<typeof ask>): Promise<Response> => {
    const answer = await ask(...call);
    if (answer.status === 404) throw Object.assign(new Error(`storage has no ${call[1]}`), { code: 'ENOENT' });
    return answer;
  };
  const split = (upload: string): [name: string, id: string] => {
    const at = upload.indexOf('?');
    if (at < 0) throw new Error(`No upload of this store: ${upload}`);
    return [upload.slice(0, at), upload.slice(at + 1)];
  };
  const tailName = (name: string, offset: number): string => `${name}.tail-${offset}`;

  async function listParts(upload: string): Promise<Part[]> {
    const [name, id] = split(upload);
    const parts: Part[] = [];
    for (let marker = '0'; ; ) {
      const answer = await must('GET', name, `?uploadId=${encodeURIComponent(id)}&part-number-marker=${marker}`);
      const text = await answer.text();
      for (const [, part = ''] of text.matchAll(/<Part>(.*?)<\/Part>/gs)) {
        const field = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(part)?.[1] ?? '';
        parts.push({
          number: Number(field('PartNumber')),
          etag: field('ETag').replaceAll('&quot;', '"'),
          size: Number(field('Size')),
        });
      }
      if (!/<IsTruncated>true<\/IsTruncated>/.test(text)) return parts.sort((a, b) => a.number - b.number);
      marker = /<NextPartNumberMarker>(\d+)</.exec(text)?.[1] ?? '0';
    }
  }
  const inParts = (parts: readonly Part[]): number => parts.reduce((sum, part) => sum + part.size, 0);

  async function readTail(name: string, offset: number): Promise<Buffer> {
    const answer = await ask('GET', tailName(name, offset));
    return answer.status === 404 ? Buffer.alloc(0) : Buffer.from(await answer.arrayBuffer());
  }

  async function putPart(upload: string, number: number, bytes: Buffer): Promise<Part> {
    const [name, id] = split(upload);
    const answer = await must('PUT', name, `?partNumber=${number}&uploadId=${encodeURIComponent(id)}`, {
      body: new Uint8Array(bytes),
    });
    await answer.arrayBuffer();
    return { number, etag: answer.headers.get('etag') ?? '', size: bytes.length };
  }

  async function* read(key: string, first: number, past: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (first >= past) return;
    const answer = await must('GET', key, '', { headers: { range: `bytes=${first}-${past - 1}` } });
    if (answer.status !== 206 || !answer.body) throw new Error(`storage answered ${answer.status} to a range`);
    for await (const chunk of answer.body) yield chunk;
  }

  async function forget(upload: string): Promise<void> {
    running.delete(upload);
    const [name, id] = split(upload);
    const parts = await listParts(upload).catch(() => []);
    await ask('DELETE', tailName(name, inParts(parts)));
    await ask('DELETE', name, `?uploadId=${encodeURIComponent(id)}`);
  }

  return {
    kind: 's3',
    async begin() {
      const name = `packages/${randomBytes(16).toString('hex')}`;
      const text = await (await must('POST', name, '?uploads')).text();
      const id = /<UploadId>([^<]+)<\/UploadId>/.exec(text)?.[1];
      if (!id) throw new Error('storage gave no upload id');
      const upload = `${name}?${id}`;
      running.set(upload, freshHash());
      return upload;
    },
    async received(upload) {
      const listed = await listParts(upload).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (!listed) return undefined;
      const parts = inParts(listed);
      const tail = await ask('HEAD', tailName(split(upload)[0], parts));
      return parts + (tail.status === 404 ? 0 : Number(tail.headers.get('content-length') ?? 0));
    },
    async append(upload, offset, source, most) {
      const [name] = split(upload);
      const parts = await listParts(upload);
      const started = inParts(parts);
      const oldTail = await readTail(name, started);
      let kept = started;
      // Bytes behind the offset were never acknowledged.
      let waiting: Buffer[] = [oldTail.subarray(0, Math.max(0, offset - started))];
      let held = waiting[0]?.length ?? 0;
      if (kept + held !== offset) throw new Error('An upload stands elsewhere than it is gone on with');
      if (running.get(upload)?.at !== offset) running.delete(upload);
      let number = parts.length;
      const flush = async (whole: Buffer): Promise<Buffer> => {
        await putPart(upload, ++number, whole.subarray(0, partBytes));
        kept += Math.min(partBytes, whole.length);
        return whole.subarray(partBytes);
      };
      const { at, end } = await drain(source, {
        at: offset,
        most,
        write: async (chunk) => {
          const mine = running.get(upload);
          if (mine) feedHash(mine, chunk);
          // The sender uses its memory again.
          waiting.push(Buffer.from(chunk));
          held += chunk.byteLength;
          if (held < partBytes) return;
          let whole = Buffer.concat(waiting);
          while (whole.length >= partBytes) whole = Buffer.from(await flush(whole));
          waiting = [whole];
          held = whole.length;
        },
      });
      if (end === 'full') {
        await forget(upload);
        return { received: 0, end };
      }
      const rest = Buffer.concat(waiting);
      if (rest.length > 0) await (await must('PUT', tailName(name, kept), '', { body: new Uint8Array(rest) })).text();
      if (oldTail.length > 0 && kept !== started) await ask('DELETE', tailName(name, started));
      return { received: at, end };
    },
    async finish(upload) {
      const [name, id] = split(upload);
      const parts = await listParts(upload);
      const whole = inParts(parts);
      const tail = await readTail(name, whole);
      if (tail.length > 0 || parts.length === 0) parts.push(await putPart(upload, parts.length + 1, tail));
      const list = parts
        .map((part) => `<Part><PartNumber>${part.number}</PartNumber><ETag>${part.etag}</ETag></Part>`)
        .join('');
      const answer = await must('POST', name, `?uploadId=${encodeURIComponent(id)}`, {
        body: `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`,
      });
      // S3 may answer 200 and say in the body that it failed.
      const text = await answer.text();
      if (text.includes('<Error>')) throw new Error('storage could not put the parts together');
      await ask('DELETE', tailName(name, whole));
      const size = inParts(parts);
      let hash = running.get(upload);
      running.delete(upload);
      if (hash?.at !== size) {
        hash = freshHash();
        for await (const chunk of read(name, 0, size)) feedHash(hash, chunk);
      }
      return { key: name, ...endHash(hash) };
    },
    cancel: forget,
    room: async () => undefined,
    read,
    async remove(key) {
      await ask('DELETE', key);
    },
  };
}
