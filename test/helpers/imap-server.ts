/**
 * A small IMAP server for tests: one user, folders in memory, and of RFC 3501, 2177 (IDLE) and 6851 (MOVE) what a client needs
 * that reads mail. It speaks over a real socket; nothing of the client is replaced.
 */
import { createServer, type Server, type Socket } from 'node:net';

export interface StoredMail {
  uid: number;
  flags: Set<string>;
  raw: Buffer;
  at: Date;
}

export interface ImapServer {
  port: number;
  /** Messages by folder. */
  folders: Map<string, StoredMail[]>;
  /** Puts a message into a folder and tells whoever idles. */
  deliver(raw: string | Buffer, folder?: string): StoredMail;
  /** Numbers mean something else from now on, as after a restored backup. */
  renumber(validity: number): void;
  /** Cuts every connection. */
  cut(): void;
  /** Connections made so far. */
  connections(): number;
  /** Sign-ins are refused while true. */
  locked: boolean;
  close(): Promise<void>;
}

export const imapUser = { name: 'post@maker.example', password: 'a pass/word' };

interface Session {
  socket: Socket;
  folder: string;
  idle: string | undefined;
  signedIn: boolean;
  /** How many messages it was told of. */
  told: number;
}

/** Opens the server on a free port. */
export async function openImapServer(): Promise<ImapServer> {
  const folders = new Map<string, StoredMail[]>([
    ['INBOX', []],
    ['Done', []],
  ]);
  const sessions = new Set<Session>();
  let validity = 1_000;
  let nextUid = 1;
  let made = 0;
  const house: ImapServer = {
    port: 0,
    folders,
    locked: false,
    deliver(raw, folder = 'INBOX') {
      const mail = { uid: nextUid++, flags: new Set<string>(), raw: Buffer.from(raw), at: new Date() };
      const mails = folders.get(folder) ?? [];
      mails.push(mail);
      folders.set(folder, mails);
      for (const session of sessions)
        if (session.idle !== undefined && session.folder === folder) tellOf(session, mails);
      return mail;
    },
    renumber(next) {
      validity = next;
      nextUid = 1;
      for (const mails of folders.values()) for (const mail of mails) mail.uid = nextUid++;
    },
    cut() {
      for (const session of sessions) session.socket.destroy();
    },
    connections: () => made,
    close: () =>
      new Promise((resolve) => {
        house.cut();
        server.close(() => resolve());
      }),
  };
  const server: Server = createServer((socket) => {
    made++;
    const session: Session = { socket, folder: '', idle: undefined, signedIn: false, told: 0 };
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
    socket.on('error', () => {});
    socket.write('* OK [CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS] ready\r\n');
    let held = '';
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (;;) {
        const literal = /^[^\r\n]*\{(\d+)(\+?)\}\r\n/.exec(held);
        if (literal) {
          const end = literal[0].length + Number(literal[1]);
          if (held.length === literal[0].length) socket.write('+ go on\r\n');
          if (held.length < end || held.indexOf('\r\n', end) < 0) return;
        }
        const at = literal ? held.indexOf('\r\n', literal[0].length + Number(literal[1])) : held.indexOf('\r\n');
        if (at < 0) return;
        const line = held.slice(0, at);
        held = held.slice(at + 2);
        answer(session, line.replace(/\{\d+\+?\}\r\n/g, ''));
      }
    });
  });

  function answer(session: Session, line: string): void {
    const { socket } = session;
    const say = (text: string): void => void socket.write(`${text}\r\n`);
    if (session.idle !== undefined) {
      if (/^done$/i.test(line)) {
        say(`${session.idle} OK idled`);
        session.idle = undefined;
      }
      return;
    }
    const [tag = '*', first = '', ...rest] = line.split(' ');
    const uid = /^uid$/i.test(first);
    const command = (uid ? (rest.shift() ?? '') : first).toUpperCase();
    const args = rest.join(' ');
    const mails = folders.get(session.folder) ?? [];
    switch (command) {
      case 'CAPABILITY':
        say('* CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS');
        break;
      case 'LOGIN': {
        const right = args.includes(imapUser.name) && args.includes(imapUser.password);
        if (!right || house.locked) {
          say(`${tag} NO [AUTHENTICATIONFAILED] wrong user or password`);
          return;
        }
        session.signedIn = true;
        break;
      }
      case 'LIST':
      case 'LSUB':
        for (const folder of folders.keys()) if (/[*%]|INBOX|Done/.test(args)) say(`* ${command} () "/" ${folder}`);
        break;
      case 'NAMESPACE':
        say('* NAMESPACE (("" "/")) NIL NIL');
        break;
      case 'SELECT':
      case 'EXAMINE': {
        const folder = args.split(' ')[0]?.replace(/"/g, '') ?? '';
        const own = folders.get(folder);
        if (!own) {
          say(`${tag} NO no such folder`);
          return;
        }
        session.folder = folder;
        session.told = own.length;
        say('* FLAGS (\\Seen \\Deleted)');
        say(`* ${own.length} EXISTS`);
        say('* 0 RECENT');
        say(`* OK [UIDVALIDITY ${validity}] valid`);
        say(`* OK [UIDNEXT ${nextUid}] next`);
        say('* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] may');
        say(`${tag} OK [READ-WRITE] selected`);
        return;
      }
      case 'SEARCH': {
        const range = /(\d+):\*/.exec(args);
        const from = Number(range?.[1] ?? 1);
        const last = mails.at(-1)?.uid ?? 0;
        const found = mails.filter((mail) => mail.uid >= from || mail.uid === last);
        say(`* SEARCH ${found.map((mail) => mail.uid).join(' ')}`.trimEnd());
        break;
      }
      case 'FETCH': {
        for (const mail of chosen(mails, args.split(' ')[0] ?? '')) fetchOne(session, mails, mail, args);
        break;
      }
      case 'STORE': {
        for (const mail of chosen(mails, args.split(' ')[0] ?? '')) {
          for (const flag of /\(([^)]*)\)/.exec(args)?.[1]?.split(' ') ?? []) mail.flags.add(flag);
          say(`* ${mails.indexOf(mail) + 1} FETCH (UID ${mail.uid} FLAGS (${[...mail.flags].join(' ')}))`);
        }
        break;
      }
      case 'MOVE': {
        const target = args.split(' ')[1]?.replace(/"/g, '') ?? '';
        for (const mail of chosen(mails, args.split(' ')[0] ?? '')) {
          const place = mails.indexOf(mail);
          mails.splice(place, 1);
          folders.get(target)?.push({ ...mail, uid: nextUid++ });
          say(`* ${place + 1} EXPUNGE`);
        }
        break;
      }
      case 'IDLE':
        session.idle = tag;
        say('+ idling');
        // What came while nobody listened is told now.
        if (mails.length !== session.told) tellOf(session, mails);
        return;
      case 'LOGOUT':
        say('* BYE');
        say(`${tag} OK bye`);
        socket.end();
        return;
      case 'ID':
        say('* ID NIL');
        break;
      case 'NOOP':
      case 'ENABLE':
      case 'CLOSE':
      case 'CHECK':
        break;
      default:
        say(`${tag} BAD ${command} is not known here`);
        return;
    }
    say(`${tag} OK done`);
  }

  function tellOf(session: Session, mails: readonly StoredMail[]): void {
    session.told = mails.length;
    session.socket.write(`* ${mails.length} EXISTS\r\n`);
  }

  function chosen(mails: readonly StoredMail[], set: string): StoredMail[] {
    const wanted = set.split(',').map((part) => part.split(':').map((end) => (end === '*' ? Infinity : Number(end))));
    return mails.filter((mail) => wanted.some(([from = 0, to = from]) => mail.uid >= from && mail.uid <= to));
  }

  function fetchOne(session: Session, mails: readonly StoredMail[], mail: StoredMail, args: string): void {
    const items = [`UID ${mail.uid}`];
    if (/FLAGS/i.test(args)) items.push(`FLAGS (${[...mail.flags].join(' ')})`);
    if (/RFC822\.SIZE/i.test(args)) items.push(`RFC822.SIZE ${mail.raw.length}`);
    if (/INTERNALDATE/i.test(args)) items.push(`INTERNALDATE "${internalDate(mail.at)}"`);
    const head = `* ${mails.indexOf(mail) + 1} FETCH (${items.join(' ')}`;
    if (/BODY(?:\.PEEK)?\[\]/i.test(args)) {
      session.socket.write(`${head} BODY[] {${mail.raw.length}}\r\n`);
      session.socket.write(mail.raw);
      session.socket.write(')\r\n');
    } else session.socket.write(`${head})\r\n`);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  house.port = (server.address() as { port: number }).port;
  return house;
}

function internalDate(at: Date): string {
  const [, day, month, year] = at.toUTCString().split(' ');
  return `${day}-${month}-${year} ${at.toUTCString().split(' ')[4]} +0000`;
}
