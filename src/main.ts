import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { type AccountKeeper, makeAuth } from './adapters/auth.ts';
import { openCalendar } from './adapters/calendar.ts';
import { storedCredentials } from './adapters/credentials.ts';
import { documentReader } from './adapters/document-reader.ts';
import { folderFiles } from './adapters/files.ts';
import { mailboxName, watchMailbox } from './adapters/imap-mailbox.ts';
import { openKitMaker } from './adapters/kit.ts';
import { builtInMailbox, smtpMailer } from './adapters/mail.ts';
import { openMailListener } from './adapters/mail-listener.ts';
import { openMailReader } from './adapters/mail-reader.ts';
import { folderPackages, type PackageStore } from './adapters/packages.ts';
import { s3Packages } from './adapters/packages-s3.ts';
import { openFormFiller } from './adapters/paper-form.ts';
import { openPaperReader } from './adapters/paper-reader.ts';
import { tableFiles } from './adapters/table-file.ts';
import { commandTrustKeys, storedTrustKeys } from './adapters/tuf.ts';
import { openTypesetter } from './adapters/typst.ts';
import { httpWebhookSender } from './adapters/webhook-sender.ts';
import { asActor, type Deps } from './app/context.ts';
import { recoverDeliveries } from './app/delivery-unsure.ts';
import { resumeImports } from './app/imports.ts';
import { keeperOf, takeHandedOver } from './app/mail-doors.ts';
import { MOST_BYTES } from './app/messages.ts';
import { type Config, openSecret } from './config.ts';
import { type DatabaseHandle, openDatabase } from './db/client.ts';
import { migrate } from './db/migrate.ts';
import { StartError } from './domain/start-error.ts';
import { makeApp } from './http/app.ts';
import type { Env } from './http/context.ts';
import { onMissingText, translator } from './http/translate.ts';
import { registerJobs } from './jobs/jobs.ts';
import { bossQueue } from './jobs/queue.ts';

/** The whole of Fieldfix, put together. This is the only place that knows every part. */
export interface House {
  deps: Deps;
  app: Hono<Env>;
  keeper: AccountKeeper;
  database: DatabaseHandle;
  close(): Promise<void>;
}

export interface HouseOptions {
  /** The clock; the real one unless the sample plays its weeks. */
  now?: () => Date;
  /** Sample accounts may exist, and every page says that it shows samples. */
  demo?: boolean;
  /** False: jobs are kept but not run by this process. */
  work?: boolean;
  /** No outgoing mail server, whatever SMTP_URL says: sample letters never leave the machine. */
  keepMail?: boolean;
}

const root = join(import.meta.dirname, '..');
const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** Where packages lie by this configuration. */
export function openPackages(config: Pick<Config, 's3' | 'filesDir'>): PackageStore {
  return config.s3 ? s3Packages(config.s3) : folderPackages(config.filesDir);
}

/**
 * Opens database, files, mail and queue, brings the data model up to date, and makes the HTTP application.
 * @throws StartError in one line when something stands in the way
 */
export async function openHouse(config: Config, options: HouseOptions = {}): Promise<House> {
  const secret = openSecret(config);
  const database = await openDatabase(config.database);
  try {
    await migrate(database);
    const log = makeLog(config.logLevel);
    const mailer =
      config.smtpUrl && !options.keepMail ? smtpMailer({ url: config.smtpUrl, dkim: config.dkim }) : builtInMailbox();
    const deps: Deps = {
      db: database.db,
      dbKind: database.kind,
      now: options.now ?? (() => new Date()),
      wallClock: () => new Date(),
      settings: {
        publicUrl: config.publicUrl,
        mailFrom: config.mailFrom,
        mailDomain: config.mailDomain,
        secret,
        version,
        demo: options.demo ?? false,
        instance: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
        pacePerDomain: config.pacePerDomain,
        // Sample letters carry links: thousands of files would show nothing more.
        attachmentLimit: options.demo ? 0 : config.attachmentLimit,
        trustProxy: config.trustProxy,
        downloadAccel: config.downloadAccel,
      },
      queue: bossQueue(database, {
        consume: options.work ?? true,
        onError: (message, error) => log('error', message, { error: String(error) }),
      }),
      mailer,
      mailReader: openMailReader(),
      files: folderFiles(config.filesDir),
      evidence: folderFiles(join(config.filesDir, 'evidence')),
      packages: openPackages(config),
      trust: openTrust(config, secret),
      tables: tableFiles,
      documents: documentReader,
      typesetter: openTypesetter(),
      formFiller: openFormFiller(),
      kits: openKitMaker(join(config.dataDir, 'verifier')),
      paperReader: openPaperReader(),
      calendar: openCalendar(),
      webhooks: httpWebhookSender({ allowPrivate: config.webhookPrivate }),
      say: translator,
      credentials: storedCredentials({ publicUrl: config.publicUrl, secret }),
      log,
    };
    // A word that is missing must not take a page or a kit from anybody: English stands in, and the log has the fault.
    onMissingText((message) => deps.log('error', message));
    registerJobs(deps.queue, deps);
    // The embedded database has one server: whatever letter another one held, it died with it.
    await recoverDeliveries(asActor(deps, { kind: 'system', name: 'start' }), { alone: database.kind === 'pglite' });
    await deps.queue.start();
    await resumeImports(asActor(deps, { kind: 'system', name: 'start' }), database.kind === 'pglite');
    const doors = options.work === false || options.keepMail ? undefined : await openDoors(deps, config);
    const auth = makeAuth({
      db: database.db,
      publicUrl: config.publicUrl,
      secret,
      oidc: config.oidc,
      demo: options.demo,
    });
    return {
      deps,
      app: makeApp(deps, auth, { oidc: config.oidc !== undefined }),
      keeper: auth,
      database,
      async close() {
        await doors?.close();
        await deps.queue.stop();
        await mailer.close();
        await deps.mailReader.close();
        await deps.typesetter.close();
        await deps.formFiller.close();
        await deps.paperReader.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Who holds the keys of the signed repository. */
function openTrust(config: Config, secret: Buffer) {
  const stored = storedTrustKeys(config.trustSecret ?? secret);
  return config.trustSigner ? commandTrustKeys(config.trustSigner, stored) : stored;
}

/** The ways by which mail comes in: mailboxes that are watched, and ports where an own mail server hands it over. */
async function openDoors(deps: Deps, config: Config): Promise<{ close(): Promise<void> }> {
  const ctx = asActor(deps, { kind: 'system', name: 'post room' });
  const ports = [
    { protocol: 'lmtp' as const, port: config.lmtpPort },
    { protocol: 'smtp' as const, port: config.smtpInPort },
  ];
  const listeners = await Promise.all(
    ports.flatMap(({ protocol, port }) =>
      port === undefined
        ? []
        : openMailListener({
            protocol,
            port,
            domain: config.mailDomain,
            most: MOST_BYTES,
            keep: (message) => takeHandedOver(ctx, protocol, message),
          }).catch((error: { code?: string }) => {
            throw new StartError(`${protocol.toUpperCase()} cannot listen on port ${port} (${error.code}).`);
          }),
    ),
  );
  const watches = config.imapUrls.map((url) =>
    watchMailbox({ url }, keeperOf(ctx, mailboxName(url)), { most: MOST_BYTES }),
  );
  return {
    async close() {
      await Promise.all([...watches.map((watch) => watch.stop()), ...listeners.map((listener) => listener.close())]);
    },
  };
}

const LEVELS = ['error', 'warn', 'info'] as const;

/** One JSON line an entry on standard error. No personal data: ids and codes only. */
function makeLog(least: Config['logLevel']): Deps['log'] {
  return (level, message, detail = {}) => {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(least)) return;
    process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...detail })}\n`);
  };
}
