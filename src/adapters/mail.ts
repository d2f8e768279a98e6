import { Readable, type Transform } from 'node:stream';
import type { NodemailerError } from 'nodemailer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import { type DkimSettings, dkimSigner } from './mail-dkim.ts';
import { composeMessage, type MailMessage, type ReadMail, readMessage } from './mail-message.ts';

export type { MailMessage, ReadMail } from './mail-message.ts';

/** A ready-made message and the envelope it travels in. */
export interface OutgoingMail {
  /** Return path: where a bounce comes back to. */
  sender: string;
  recipient: string;
  /** The RFC 5322 bytes. */
  raw: Buffer;
  /** Comes back in a delivery status notification (RFC 3461 ENVID). */
  envelopeId: string;
}

/**
 * What became of handing a message over.
 * - `accepted`: the server took it (2xx after the data).
 * - `later`: certainly not taken, worth another try: a 4xx, or a connection lost before the data was handed over.
 * - `refused`: certainly not taken, for good: a 5xx about this recipient or this message.
 * - `unknown`: the connection was lost after the data was handed over and before the answer. It may have left.
 */
export interface SendResult {
  outcome: 'accepted' | 'later' | 'refused' | 'unknown';
  /** The server's answer or the error, one line. */
  detail: string;
  /** The server could not be reached or turned the whole session away: the next letter will fare no better. */
  unreachable?: boolean;
}

/** The way out for mail. */
export interface Mailer {
  /** `mailbox`: no mail server is set; app/mailbox.ts keeps each message in the database instead. */
  kind: 'smtp' | 'mailbox';
  /** How many messages it can hand over at a time. */
  lanes: number;
  /** The domain and selector it signs for (DKIM); undefined: it does not. */
  signs?: string;
  /** Builds the RFC 5322 bytes of a message. */
  compose(message: MailMessage): Promise<Buffer>;
  /** Takes a stored message apart. */
  read(raw: Buffer): Promise<ReadMail>;
  /** Hands one message over; never throws. */
  send(mail: OutgoingMail): Promise<SendResult>;
  /** Connects and signs in once; the problem in one line, or undefined when all is well. */
  check(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Without a mail server: messages stay in the built-in mailbox, which the use case fills in its own transaction. */
export function builtInMailbox(): Mailer {
  return {
    kind: 'mailbox',
    lanes: 0,
    compose: composeMessage,
    read: readMessage,
    send: async () => ({ outcome: 'later', detail: 'no mail server is set (SMTP_URL)' }),
    check: async () => undefined,
    close: async () => {},
  };
}

/** For tests: remembers what was handed over and answers as told. */
export function fakeMailer(answer: (mail: OutgoingMail) => SendResult | Promise<SendResult> = accepted): Mailer & {
  sent: OutgoingMail[];
} {
  const sent: OutgoingMail[] = [];
  return {
    kind: 'smtp',
    lanes: 4,
    sent,
    compose: composeMessage,
    read: readMessage,
    send: async (mail) => {
      sent.push(mail);
      return answer(mail);
    },
    check: async () => undefined,
    close: async () => {},
  };
}
function accepted(): SendResult {
  return { outcome: 'accepted', detail: '250 taken by the fake' };
}

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://…`; options as nodemailer reads them (`?requireTLS=true`). */
  url: string;
  /** Connections kept open at a time. */
  connections?: number;
  /** Signs what leaves (RFC 6376). Costs some milliseconds a message. */
  dkim?: DkimSettings | undefined;
  /** Milliseconds of silence after which a connection is given up. */
  socketTimeout?: number;
}

interface Lane {
  connection: SMTPConnection;
  messages: number;
  closed: boolean;
}

/** Messages over one connection before it is renewed: some servers count. */
const MESSAGES_PER_CONNECTION = 500;
const IDLE_MS = 20_000;

/**
 * Mail through an SMTP server. Connections are kept and used again. The library's own pool would put a message whose
 * connection closed back into its queue; here every message is tried exactly once per call, and the result says whether
 * it can have left: that decision belongs to the rows of the deliveries (law 3).
 */
export function smtpMailer(settings: SmtpSettings): Mailer {
  const { auth, ...parsed } = parseConnectionUrl(settings.url);
  const options: SMTPConnectionOptions = {
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: settings.socketTimeout ?? 60_000,
    ...parsed,
  } as SMTPConnectionOptions;
  const lanes = settings.connections ?? 5;
  const free: Lane[] = [];
  const waiting: Array<() => void> = [];
  let open = 0;
  let closing = false;

  function connect(): Promise<Lane> {
    return new Promise((resolve, reject) => {
      const connection = new SMTPConnection(options);
      const lane: Lane = { connection, messages: 0, closed: false };
      const fail = (error: Error) => {
        lane.closed = true;
        reject(error);
        connection.close();
      };
      connection.once('error', fail);
      // Later errors reach the send that is in flight by its callback; between two messages the lane is just renewed.
      connection.on('error', () => {
        lane.closed = true;
      });
      connection.once('end', () => {
        lane.closed = true;
        reject(new Error('the server closed the connection'));
      });
      connection.connect((error) => {
        if (error) return fail(error);
        if (!auth?.user) return resolve(lane);
        connection.login(
          { user: auth.user, pass: auth.pass, credentials: { user: auth.user, pass: auth.pass } },
          (refused) => (refused ? fail(refused) : resolve(lane)),
        );
      });
    });
  }

  async function take(): Promise<Lane> {
    for (;;) {
      if (closing) throw new Error('the mailer is closed');
      const lane = free.pop();
      if (lane && !lane.closed) return lane;
      if (lane) {
        open--;
        continue;
      }
      if (open < lanes) {
        open++;
        try {
          return await connect();
        } catch (error) {
          open--;
          waiting.shift()?.();
          throw error;
        }
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  function giveBack(lane: Lane, usable: boolean): void {
    if (usable && !closing && !lane.closed && lane.messages < MESSAGES_PER_CONNECTION) {
      free.push(lane);
      const idleSince = lane.messages;
      setTimeout(() => {
        const at = free.indexOf(lane);
        if (at === -1 || lane.messages !== idleSince) return;
        free.splice(at, 1);
        open--;
        lane.connection.quit();
      }, IDLE_MS).unref();
    } else {
      open--;
      if (!lane.closed) usable ? lane.connection.quit() : lane.connection.close();
    }
    waiting.shift()?.();
  }

  const sign = settings.dkim && dkimSigner(settings.dkim);
  return {
    kind: 'smtp',
    lanes,
    ...(settings.dkim ? { signs: `${settings.dkim.selector}._domainkey.${settings.dkim.domain}` } : {}),
    compose: sign ? async (message) => sign(await composeMessage(message)) : composeMessage,
    read: readMessage,
    async send(mail) {
      let lane: Lane;
      try {
        lane = await take();
      } catch (error) {
        return { outcome: 'later', detail: describe(error as NodemailerError), unreachable: true };
      }
      return new Promise((resolve) => {
        // The bytes are asked for only once the server has said "go ahead": whether they were tells what may have left.
        const stream = stuffedBytes(mail.raw);
        lane.connection.send(
          {
            from: mail.sender,
            to: mail.recipient,
            size: mail.raw.length,
            dsn: { ret: 'HDRS', envid: mail.envelopeId, notify: ['FAILURE', 'DELAY'] },
          },
          stream,
          (error, info) => {
            lane.messages++;
            if (!error) {
              giveBack(lane, true);
              return resolve({ outcome: 'accepted', detail: oneLine(info?.response ?? '') });
            }
            const answered = error.responseCode !== undefined && error.responseCode !== 421;
            if (answered) {
              lane.connection.reset((broken) => giveBack(lane, !broken));
            } else {
              giveBack(lane, false);
            }
            const outcome = judge(error, stream.handedOver);
            resolve({ outcome, detail: describe(error), unreachable: outcome === 'later' && !answered });
          },
        );
      });
    },
    async check() {
      try {
        giveBack(await take(), true);
        return undefined;
      } catch (error) {
        return describe(error as NodemailerError);
      }
    },
    async close() {
      closing = true;
      for (const lane of free.splice(0)) lane.connection.quit();
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

/**
 * A message as the library's stream of data takes it. That stream would look at every byte for line ends and for dots at
 * the start of a line (RFC 5321 section 4.5.2), a third of the cost of a letter; our messages end their lines by CRLF
 * alone, so the dots are found by a search and put in here. The stream's own end, CRLF dot CRLF, is left to it.
 */
function stuffedBytes(raw: Buffer): Readable & { handedOver: boolean } {
  const pieces: Buffer[] = [];
  const end = raw.subarray(-2).equals(CRLF) ? raw.length - 2 : raw.length;
  let from = 0;
  if (raw[0] === DOT) pieces.push(Buffer.from('.'));
  for (let at = raw.indexOf(DOT_LINE); at !== -1 && at + 2 < end; at = raw.indexOf(DOT_LINE, at + 3)) {
    pieces.push(raw.subarray(from, at + 3), Buffer.from('.'));
    from = at + 3;
  }
  pieces.push(raw.subarray(from, end));
  const bytes = pieces.length === 1 ? (pieces[0] ?? raw) : Buffer.concat(pieces);
  const stream = Object.assign(new Readable({ read() {} }), { handedOver: false });
  stream.pipe = (to) => {
    stream.handedOver = true;
    (to as unknown as Transform).push(bytes);
    to.end();
    return to;
  };
  return stream;
}
const CRLF = Buffer.from('\r\n');
const DOT_LINE = Buffer.from('\r\n.');
const DOT = 0x2e;

/** What a failed hand-over means for the letter. A 5xx about the session (sign-in, sender) is our trouble, not the recipient's. */
function judge(error: NodemailerError, handedOver: boolean): SendResult['outcome'] {
  const code = error.responseCode;
  if (code === undefined) return handedOver ? 'unknown' : 'later';
  const aboutThisMail = error.command === 'RCPT TO' || error.command === 'DATA';
  return code >= 500 && code !== 503 && aboutThisMail ? 'refused' : 'later';
}

function describe(error: NodemailerError): string {
  return oneLine(error.response ?? error.message);
}

/** One line, short enough for a table. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}
