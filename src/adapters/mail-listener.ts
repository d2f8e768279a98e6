import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message as a mail server hands it over. */
export interface HandedOver {
  raw: Buffer;
  envelope: { from: string; to: string[] };
}

export interface ListenerSettings {
  protocol: 'smtp' | 'lmtp';
  /** Loopback unless told: the own mail server stands in front, and answers to the world. */
  host?: string;
  /** 0: any free one. */
  port: number;
  /** Domain of the addresses that are taken; subdomains too. */
  domain: string;
  /** Bytes of the largest message. */
  most: number;
  /**
   * Keeps the message. 250 is answered once it resolves; when it throws, the sender is asked to come again: nothing is
   * taken that is not kept.
   */
  keep(message: HandedOver): Promise<void>;
}

export interface MailListener {
  port: number;
  close(): Promise<void>;
}

/** Listens for mail by SMTP or LMTP. @throws when the port is taken */
export async function openMailListener(settings: ListenerSettings): Promise<MailListener> {
  const { protocol, host = '127.0.0.1', port, domain, most, keep } = settings;
  const ours = (address: string): boolean => {
    const of = address.split('@').at(-1)?.toLowerCase() ?? '';
    return of === domain.toLowerCase() || of.endsWith(`.${domain.toLowerCase()}`);
  };
  const server = new SMTPServer({
    lmtp: protocol === 'lmtp',
    name: domain,
    banner: 'Fieldfix post room',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: most,
    maxClients: 50,
    socketTimeout: 60_000,
    closeTimeout: 5_000,
    onRcptTo({ address }, _session, callback) {
      if (ours(address)) return callback();
      callback(answer(550, `5.7.1 No mail for ${address} here`));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        // What is too much is let through to its end and forgotten: the sender has to hear why.
        if (size <= most) chunks.push(chunk);
        else chunks.length = 0;
      });
      stream.on('error', () => callback(answer(451, '4.3.0 The message ended in the middle')));
      stream.on('end', () => {
        if (size > most || stream.sizeExceeded) {
          callback(answer(552, `5.3.4 More than ${most} bytes`));
          return;
        }
        const from = session.envelope.mailFrom;
        const envelope = {
          from: from ? from.address : '',
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
        };
        keep({ raw: Buffer.concat(chunks), envelope }).then(
          () => callback(null, '2.0.0 Kept'),
          () => callback(answer(451, '4.3.0 Could not be kept now, try again')),
        );
      });
    },
  });
  // A client that goes away in the middle is no trouble of ours.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answer(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
