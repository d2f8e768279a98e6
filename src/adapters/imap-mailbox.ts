import { ImapFlow } from 'imapflow';

/** One mailbox that is watched. */
export interface ImapSettings {
  /** `imaps://user:password@host:993/Folder`; `?done=Folder` moves what was read there instead of marking it seen. */
  url: string;
}

export interface FetchedMessage {
  uid: number;
  raw: Buffer;
  receivedAt: Date | undefined;
}

/** What a watched mailbox is connected with. */
export interface ImapKeeper {
  /** The last number that was kept under this UIDVALIDITY; 0 for none. */
  since(uidValidity: string): Promise<number>;
  /** Keeps messages and the mark in one transaction. What it resolved for may be marked in the mailbox. */
  keep(messages: readonly FetchedMessage[], mark: { uidValidity: string; lastUid: number }): Promise<void>;
  /** The mailbox is connected, or in trouble; nothing that needs a person happens by it. */
  tell(state: 'connected' | 'trouble', trouble: string): Promise<void>;
}

export interface ImapWatch {
  name: string;
  stop(): Promise<void>;
}

export interface WatchOptions {
  /** Bytes of the largest message; larger ones stay in the mailbox, and are named. */
  most: number;
  /** Milliseconds before the first try after a failure; doubled up to five minutes. */
  firstWait?: number;
  /** Milliseconds after which the mailbox is looked through even if nobody says that something came. */
  lookEvery?: number;
}

const LONGEST_WAIT = 300_000;
const CHUNK = 50;
const CHUNK_BYTES = 20_000_000;

/** What a mailbox is called on the page: without its password. */
export function mailboxName(url: string): string {
  const { username, hostname, pathname } = new URL(url);
  const folder = decodeURIComponent(pathname.replace(/^\/+/, '')) || 'INBOX';
  return `${decodeURIComponent(username)} at ${hostname}, ${folder}`;
}

/**
 * Watches a mailbox: fetches what is new, keeps it, and only then marks it seen or moves it; then waits by IDLE. A lost
 * connection is made again, each time a little later. Never throws.
 */
export function watchMailbox(settings: ImapSettings, keeper: ImapKeeper, options: WatchOptions): ImapWatch {
  const { firstWait = 2_000 } = options;
  let stopped = false;
  let client: ImapFlow | undefined;
  let wake: (() => void) | undefined;
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const watching = (async () => {
    let wait = firstWait;
    while (!stopped) {
      try {
        client = connectionOf(settings.url);
        await watchOnce(client, settings.url, keeper, options, {
          connected: () => {
            wait = firstWait;
          },
          stopped: () => stopped,
        });
      } catch (error) {
        if (!stopped) await keeper.tell('trouble', describe(error)).catch(() => {});
      } finally {
        client?.close();
      }
      if (stopped) return;
      await sleep(wait);
      wait = Math.min(LONGEST_WAIT, wait * 2);
    }
  })();
  return {
    name: mailboxName(settings.url),
    async stop() {
      stopped = true;
      wake?.();
      client?.close();
      await watching;
    },
  };
}

function connectionOf(url: string): ImapFlow {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'imaps:';
  return new ImapFlow({
    host: hostname,
    port: port ? Number(port) : secure ? 993 : 143,
    secure,
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    logger: false,
    clientInfo: { name: 'Fieldfix' },
    // Servers drop a client that idles for half an hour (RFC 2177).
    maxIdleTime: 20 * 60_000,
    connectionTimeout: 30_000,
    greetingTimeout: 16_000,
    socketTimeout: 30 * 60_000,
  });
}

async function watchOnce(
  client: ImapFlow,
  url: string,
  keeper: ImapKeeper,
  options: WatchOptions,
  told: { connected(): void; stopped(): boolean },
): Promise<void> {
  const { pathname, searchParams } = new URL(url);
  const folder = decodeURIComponent(pathname.replace(/^\/+/, '')) || 'INBOX';
  const done = searchParams.get('done') ?? '';
  let notify: (() => void) | undefined;
  let closed: Error | undefined;
  client.on('error', (error: Error) => {
    closed ??= error;
    notify?.();
  });
  client.on('close', () => {
    closed ??= new Error('the server closed the connection');
    notify?.();
  });
  await client.connect();
  const mailbox = await client.mailboxOpen(folder);
  const uidValidity = String(mailbox.uidValidity);
  let news = true;
  client.on('exists', () => {
    news = true;
    notify?.();
  });
  await keeper.tell('connected', '');
  told.connected();
  let last = await keeper.since(uidValidity);
  while (!told.stopped()) {
    if (closed) throw closed;
    if (news) {
      news = false;
      last = await fetchNew(client, keeper, { uidValidity, last, done, most: options.most });
      continue;
    }
    // IDLE ends by itself when something is asked again.
    client.idle().catch(() => {});
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        news = true;
        resolve();
      }, options.lookEvery ?? 300_000);
      timer.unref();
      notify = () => {
        clearTimeout(timer);
        resolve();
      };
      if (closed || news) notify();
    });
  }
}

async function fetchNew(
  client: ImapFlow,
  keeper: ImapKeeper,
  at: { uidValidity: string; last: number; done: string; most: number },
): Promise<number> {
  const found = (await client.search({ uid: `${at.last + 1}:*` }, { uid: true })) || [];
  // "5:*" names the last message even when it is the fourth.
  const uids = found.filter((uid) => uid > at.last).sort((a, b) => a - b);
  let last = at.last;
  for (let from = 0; from < uids.length; ) {
    const sizes = await client.fetchAll(uids.slice(from, from + CHUNK), { uid: true, size: true }, { uid: true });
    const chunk: number[] = [];
    const large: number[] = [];
    let bytes = 0;
    for (const { uid, size = 0 } of sizes.sort((a, b) => a.uid - b.uid)) {
      if (chunk.length > 0 && bytes + size > CHUNK_BYTES) break;
      if (size > at.most) large.push(uid);
      else {
        chunk.push(uid);
        bytes += size;
      }
    }
    const messages: FetchedMessage[] = [];
    if (chunk.length > 0) {
      const fetched = await client.fetchAll(chunk, { uid: true, source: true, internalDate: true }, { uid: true });
      for (const { uid, source, internalDate } of fetched) {
        if (source) messages.push({ uid, raw: source, receivedAt: internalDate ? new Date(internalDate) : undefined });
      }
    }
    const until = Math.max(last, ...chunk, ...large, ...(sizes.length === 0 ? uids.slice(from, from + CHUNK) : []));
    await keeper.keep(messages, { uidValidity: at.uidValidity, lastUid: until });
    last = until;
    if (large.length > 0) {
      const words = `${large.length} larger than ${Math.round(at.most / 1_000_000)} MB left there (number ${large[0]})`;
      await keeper.tell('connected', words);
    }
    const kept = messages.map((message) => message.uid);
    if (kept.length > 0) {
      // A mailbox that may not be changed is read all the same.
      if (at.done) await client.messageMove(kept, at.done, { uid: true });
      else await client.messageFlagsAdd(kept, ['\\Seen'], { uid: true }).catch(() => false);
    }
    while (from < uids.length && (uids[from] ?? 0) <= last) from++;
  }
  return last;
}

function describe(error: unknown): string {
  const { message, responseText } = error as { message?: string; responseText?: string };
  return String(responseText || message || error)
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}
