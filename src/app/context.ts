import type { Kysely, Transaction } from 'kysely';
import type { CalendarPort } from '../adapters/calendar.ts';
import type { CredentialChecker } from '../adapters/credentials.ts';
import type { DocumentReader } from '../adapters/document-reader.ts';
import type { FileStore } from '../adapters/files.ts';
import type { KitMaker } from '../adapters/kit.ts';
import type { Mailer } from '../adapters/mail.ts';
import type { MailReader } from '../adapters/mail-reader.ts';
import type { PackageStore } from '../adapters/packages.ts';
import type { FormFiller } from '../adapters/paper-form.ts';
import type { PaperReader } from '../adapters/paper-reader.ts';
import type { TableFiles } from '../adapters/table-file.ts';
import type { TrustKeys } from '../adapters/tuf.ts';
import type { Typesetter } from '../adapters/typst.ts';
import type { WebhookSender } from '../adapters/webhook-sender.ts';
import type { Schema } from '../db/schema.ts';
import type { Actor } from '../domain/actor.ts';
import type { Say } from '../domain/message.ts';
import { isRefusal, type Refusal } from '../domain/refusal.ts';
import type { Queue } from '../jobs/queue.ts';

export type Database = Kysely<Schema>;
export type Tx = Transaction<Schema>;
/** A transaction where the caller has one, else the database itself. For reads that serve both. */
export type Reader = Database | Tx;

/** What the whole server knows: made once in main.ts. */
export interface Deps {
  db: Database;
  dbKind: 'pglite' | 'postgresql';
  /** The clock. Application code asks here only, so that a played action keeps its own calendar. */
  now: () => Date;
  settings: Settings;
  queue: Queue;
  mailer: Mailer;
  /** Takes incoming messages apart, in a thread of its own. */
  mailReader: MailReader;
  files: FileStore;
  /** What customers send about a break-in: apart from all other files, and never opened here. */
  evidence: FileStore;
  /** The files of remedies. */
  packages: PackageStore;
  /** Signs the repository that proves packages genuine. */
  trust: TrustKeys;
  /** Reads and writes CSV and XLSX. */
  tables: TableFiles;
  /** Reads documents written elsewhere: DOCX and plain text. */
  documents: DocumentReader;
  /** Sets letters, envelopes and forms as PDF. */
  typesetter: Typesetter;
  /** Makes typeset forms fillable. */
  formFiller: FormFiller;
  /** Packs kits for machines without a network. */
  kits: KitMaker;
  /** Reads forms that came back as PDF, scan or photo. */
  paperReader: PaperReader;
  calendar: CalendarPort;
  webhooks: WebhookSender;
  /** Words of letters and mails in a language, from locales/; the edge hands them in. */
  say: (language: string) => Spoken;
  /** Checks passwords, codes and passkeys as the sign-in library stores them. */
  credentials: CredentialChecker;
  /** The real time, for what follows a person's own clock (one-time codes), never for the ledger. */
  wallClock: () => Date;
  log: (level: 'info' | 'warn' | 'error', message: string, detail?: Record<string, unknown>) => void;
}

/** Words of one language, which may be another than was asked for. */
export type Spoken = Say & { readonly language: string; readonly direction: 'ltr' | 'rtl' };

export interface Settings {
  /** Without trailing slash. */
  publicUrl: string;
  mailFrom: string;
  /** Domain of Message-IDs and return paths, from MAIL_FROM. */
  mailDomain: string;
  /** Key that personal links and cookies are derived from; at least 32 bytes. */
  secret: Buffer;
  version: string;
  demo: boolean;
  /** This process, unique among servers on one database: who claimed a row. */
  instance: string;
  /** Messages a minute to one domain of recipients; 0 = no limit. */
  pacePerDomain: number;
  /** Bytes of a message with its files where neither contact nor domain says otherwise; 0: links only. */
  attachmentLimit: number;
  /** How many reverse proxies stand before the server and are believed about a client's address. */
  trustProxy: number;
  /** Internal path at which a web server in front sends packages itself; undefined: we do. */
  downloadAccel?: string | undefined;
}

/** What a use case gets: the house and who asks. */
export interface Context extends Deps {
  actor: Actor;
}

/** The same house, another actor. */
export function asActor(deps: Deps, actor: Actor): Context {
  return { ...deps, actor };
}

/** Carries a refusal out of a transaction so that it rolls back. Never leaves this file. */
class RefusedError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** What is to be done once a transaction was refused and rolled back, e.g. counting a wrong password. */
const rollbackWork = new WeakMap<Tx, (() => Promise<void>)[]>();
export function afterRefusal(tx: Tx, work: () => Promise<void>): void {
  rollbackWork.set(tx, [...(rollbackWork.get(tx) ?? []), work]);
}

/** SQLSTATEs after which the same transaction may simply be run again: serialization failure, deadlock. */
const REPEATABLE = new Set(['40001', '40P01']);
const TRIES = 5;

/**
 * Runs `work` in one transaction. A returned Refusal or a thrown error rolls everything back; a deadlock or a
 * serialization failure is tried again, up to five times. `work` must be safe to run again (no outside effects) and must
 * use only the `tx` it is given: on the embedded database the outer one would wait for itself.
 */
export async function transact<T>(ctx: Pick<Deps, 'db'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    let after: (() => Promise<void>)[] = [];
    try {
      return await ctx.db.transaction().execute(async (tx) => {
        const result = await work(tx);
        after = rollbackWork.get(tx) ?? [];
        if (isRefusal(result)) throw new RefusedError(result);
        return result;
      });
    } catch (error) {
      // The cast is sound: only this call's own `work` can have returned the refusal.
      if (error instanceof RefusedError) {
        for (const later of after) await later();
        return error.refusal as T;
      }
      const code = (error as { code?: string }).code ?? '';
      if (!REPEATABLE.has(code) || attempt === TRIES) throw error;
    }
  }
}
