import { lookup as resolveName } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

export interface SendResult {
  /** The receiver's HTTP status; null when there was no answer. */
  status: number | null;
  /** What went wrong, for the page of the webhook; '' when nothing did. */
  detail: string;
  /** Seconds the receiver asked to wait (Retry-After). */
  retryAfter?: number;
}

/** Posts one message to a receiver. Never throws: every trouble is a result. */
export interface WebhookSender {
  post(url: string, headers: Record<string, string>, body: string): Promise<SendResult>;
}

const TIMEOUT_MS = 10_000;

/** Addresses that belong to this machine, to its network, or to nobody: a webhook must not reach them (SSRF). */
const closed = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  closed.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  closed.addSubnet(net, bits, 'ipv6');
}

/** Whether an IP address is outside of every private, local and reserved range. Mapped IPv4 counts as what it maps. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !closed.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

class ClosedAddressError extends Error {}

/** Resolves a name and gives only public addresses: the check is on the very address that is then connected to. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }).then(
    (found) => {
      const first = found.find(({ address }) => isPublicAddress(address));
      if (!first || found.some(({ address }) => !isPublicAddress(address))) {
        callback(new ClosedAddressError(`${hostname} is an address of a private network`), '', 0);
      } else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, '', 0),
  );
};

/**
 * Sends by HTTPS: ten seconds at most, no redirect followed, the answer's body not read. Private addresses are refused
 * unless allowed (WEBHOOK_PRIVATE=allow), which also allows plain HTTP.
 */
export function httpWebhookSender(options: { allowPrivate: boolean }): WebhookSender {
  return {
    post: (address, headers, body) =>
      new Promise((resolve) => {
        const failed = (detail: string) => resolve({ status: null, detail });
        if (!URL.canParse(address)) return failed('The address is none.');
        const url = new URL(address);
        const host = url.hostname.replace(/^\[|\]$/g, '');
        if (url.protocol !== 'https:' && !(options.allowPrivate && url.protocol === 'http:')) {
          return failed('Only https: addresses are called; WEBHOOK_PRIVATE=allow would permit http:.');
        }
        if (!options.allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) {
          return failed(`${host} is an address of a private network; WEBHOOK_PRIVATE=allow would permit it.`);
        }
        const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
          method: 'POST',
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          signal: AbortSignal.timeout(TIMEOUT_MS),
          agent: false,
          ...(options.allowPrivate ? {} : { lookup: lookupPublic }),
        });
        request.on('response', (response) => {
          const status = response.statusCode ?? 0;
          const wait = Number(response.headers['retry-after']);
          response.destroy();
          resolve({
            status,
            detail: status < 300 ? '' : status < 400 ? 'Redirects are not followed.' : 'The receiver refused it.',
            ...(wait > 0 ? { retryAfter: wait } : {}),
          });
        });
        request.on('error', (error: NodeJS.ErrnoException) => {
          if (error.name === 'TimeoutError' || error.code === 'ABORT_ERR')
            failed(`No answer within ${TIMEOUT_MS / 1000} seconds.`);
          else if (error instanceof ClosedAddressError)
            failed(`${error.message}; WEBHOOK_PRIVATE=allow would permit it.`);
          else failed(`No connection (${error.code ?? error.message}).`);
        });
        request.end(body);
      }),
  };
}

export interface PostedMessage {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** For tests and the sample: keeps what it was given, and answers as told. */
export function fakeWebhookSender(
  answer: (message: PostedMessage) => SendResult = () => ({ status: 200, detail: '' }),
): WebhookSender & { sent: PostedMessage[] } {
  const sent: PostedMessage[] = [];
  return {
    sent,
    async post(url, headers, body) {
      const message = { url, headers, body };
      sent.push(message);
      return answer(message);
    },
  };
}
