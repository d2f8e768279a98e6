import { createPrivateKey, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { DatabaseOptions } from './db/client.ts';
import { StartError } from './domain/start-error.ts';

/** The settings of one server. This file is the only reader of the environment. */
export interface Config {
  host: string;
  port: number;
  /** Where readers reach the server; in every link of a mail. Without trailing slash. */
  publicUrl: string;
  /** Absolute. Holds the embedded database, the files, and the secret if none is given. */
  dataDir: string;
  filesDir: string;
  database: DatabaseOptions;
  /** Without it, mail goes to the built-in mailbox. Holds credentials: never print it. */
  smtpUrl: string | undefined;
  /** Mailboxes that are read, e.g. `imaps://user:password@mail.example/INBOX`. Hold credentials: never print them. */
  imapUrls: string[];
  /** Ports on loopback where an own mail server hands mail over; undefined: none. */
  lmtpPort: number | undefined;
  smtpInPort: number | undefined;
  /** `Name <address>` or an address. */
  mailFrom: string;
  /** The domain of mailFrom: of Message-IDs and return paths. */
  mailDomain: string;
  /** Messages a minute to one domain of recipients; 0 = no limit. */
  pacePerDomain: number;
  /** Bytes of a message with its files; 0: links only. */
  attachmentLimit: number;
  /** Signs what leaves by SMTP. The key is never printed. */
  dkim?: { domain: string; selector: string; key: string } | undefined;
  oidc: { issuer: string; clientId: string; clientSecret: string } | undefined;
  logLevel: LogLevel;
  /** How many reverse proxies stand before the server and are believed about the client's address; 0 = none. */
  trustProxy: number;
  /** Webhooks may call addresses of private networks, and plain HTTP. */
  webhookPrivate: boolean;
  /** Storage for packages that speaks S3; without it they lie in filesDir. */
  s3?: { url: string; region: string; keyId: string; secret: string } | undefined;
  /** What the keys of the signed repository are sealed under; undefined: the server's own secret. */
  trustSecret?: Buffer | undefined;
  /** Program and arguments that sign for the repository in place of stored keys. */
  trustSigner?: string[] | undefined;
  /** Internal path of a web server in front that sends packages itself (X-Accel-Redirect). */
  downloadAccel?: string | undefined;
  /** At least 32 bytes. Undefined: openSecret makes or reads the one in dataDir. */
  secret: Buffer | undefined;
  /** The folder the command was given in: relative file arguments are meant from here, though npm changes the folder. */
  startedFrom: string;
}

export type LogLevel = 'error' | 'warn' | 'info';
export type Environment = Record<string, string | undefined>;

/** Settings that hold a secret: their values are never shown, and each may come as NAME_FILE with a file's path. */
const SECRETS = [
  'SECRET',
  'DATABASE_URL',
  'SMTP_URL',
  'OIDC_CLIENT_SECRET',
  'S3_SECRET',
  'TRUST_SECRET',
  'DKIM_KEY',
  'IMAP_URL',
];
const SECRET_BYTES = 32;

const url = (protocols: string[], expected: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol) && new URL(text).host !== '',
      expected,
    );
const wholeNumber = (from: number, to: number) => {
  const expected = `a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= from && value <= to, expected);
};
const MAIL_ADDRESS = /^(?:[^<>\r\n]*<)?[^\s@<>]+@(?<domain>[a-z0-9.-]+)>?$/i;

const isMailbox = (text: string): boolean => {
  const address = URL.parse(text);
  return (
    address !== null &&
    ['imap:', 'imaps:'].includes(address.protocol) &&
    address.hostname !== '' &&
    address.username !== ''
  );
};

/** What each setting may be, in words that finish the sentence "expected …". */
/** Whether a text is a private key that DKIM can sign with (RFC 6376: RSA). */
function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

const settings = z.object({
  HOST: z
    .string()
    .regex(/^[a-zA-Z0-9.:-]+$/, 'an address to listen on, e.g. 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1')
    .describe('Address to listen on; `0.0.0.0` for every network'),
  PORT: wholeNumber(0, 65535).default(3000).describe('Port to listen on'),
  PUBLIC_URL: url(['http:', 'https:'], 'an address like https://fieldfix.example')
    .optional()
    .describe('Where readers reach the server; stands in every link of a letter'),
  DATA_DIR: z.string().default('data').describe('Folder of the embedded database, the files and the secret'),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'an address like postgresql://user:password@host/database')
    .optional()
    .describe('A PostgreSQL server instead of the embedded database'),
  DATABASE_POOL: wholeNumber(2, 200).default(10).describe('Connections to PostgreSQL'),
  SMTP_URL: url(['smtp:', 'smtps:'], 'an address like smtps://user:password@mail.example:465')
    .optional()
    .describe('Mail server; without it letters go to the built-in mailbox'),
  IMAP_URL: z
    .string()
    .refine(
      (text) => text.split(/\s+/).every((one) => isMailbox(one)),
      'addresses like imaps://user:password@mail.example/INBOX, with blanks between several',
    )
    .optional()
    .describe('Mailboxes that the post room reads; with `?done=Folder` what was read is moved there'),
  LMTP_PORT: wholeNumber(0, 65535)
    .optional()
    .describe('Port on loopback where your mail server hands incoming mail over by LMTP'),
  SMTP_IN_PORT: wholeNumber(0, 65535).optional().describe('The same by SMTP'),
  MAIL_FROM: z
    .string()
    .regex(MAIL_ADDRESS, 'a mail address, alone or as: Safety team <safety@maker.example>')
    .optional()
    .describe('Sender of the letters'),
  MAIL_PACE_PER_DOMAIN: wholeNumber(0, 1_000_000)
    .default(0)
    .describe('Letters a minute to one domain of recipients; 0: no limit'),
  MAIL_ATTACHMENT_MB: z.coerce
    .number('a number such as 5')
    .min(0, 'a number such as 5; 0: links only')
    .max(50, 'at most 50')
    .default(5)
    .describe(
      'Largest letter with its files in megabytes, where neither contact nor domain says otherwise; 0: links only',
    ),
  DKIM_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z]{2,}$/i, 'a domain such as maker.example')
    .optional()
    .describe('Signs letters by DKIM: the domain, that of MAIL_FROM or one above it'),
  DKIM_SELECTOR: z
    .string()
    .regex(/^[a-z0-9._-]+$/i, 'a name such as fieldfix2026')
    .optional()
    .describe('DKIM: the name the public key stands under in the DNS, before ._domainkey'),
  DKIM_KEY: z
    .string()
    .refine(isPrivateKey, 'an RSA private key in PEM, best given as DKIM_KEY_FILE')
    .optional()
    .describe('DKIM: the private key, in PEM; DKIM_KEY_FILE names its file'),
  SECRET: z
    .string()
    .min(SECRET_BYTES, `at least ${SECRET_BYTES} characters, e.g. from: openssl rand -hex 32`)
    .optional()
    .describe(
      'Key of links and cookies, at least 32 characters; made in DATA_DIR if not given, needed with DATABASE_URL',
    ),
  OIDC_ISSUER: url(['http:', 'https:'], 'the address of the sign-in service, e.g. https://login.maker.example')
    .optional()
    .describe('Single sign-on of staff: the address of the service'),
  OIDC_CLIENT_ID: z.string().optional().describe('Single sign-on: who Fieldfix is there'),
  OIDC_CLIENT_SECRET: z.string().optional().describe('Single sign-on: its secret'),
  LOG_LEVEL: z
    .enum(['error', 'warn', 'info'], 'error, warn or info')
    .default('info')
    .describe('What is written to standard error: error, warn or info'),
  TRUST_PROXY: wholeNumber(0, 10).default(0).describe('How many reverse proxies stand before the server'),
  WEBHOOK_PRIVATE: z
    .enum(['allow', 'refuse'], 'allow or refuse')
    .default('refuse')
    .describe('Whether webhooks may call private networks and plain HTTP: allow or refuse'),
  S3_URL: url(['http:', 'https:'], 'an address like https://storage.example/bucket')
    .optional()
    .describe('Storage for packages that speaks S3, with the bucket in its path; without it they lie in DATA_DIR'),
  S3_REGION: z.string().default('us-east-1').describe('Region of the storage'),
  S3_KEY_ID: z.string().optional().describe('Who Fieldfix is at the storage'),
  S3_SECRET: z.string().optional().describe('Its secret at the storage'),
  TRUST_SECRET: z
    .string()
    .min(SECRET_BYTES, `at least ${SECRET_BYTES} characters, e.g. from: openssl rand -hex 32`)
    .optional()
    .describe('What seals the signing keys of packages; without it, SECRET does'),
  TRUST_SIGNER: z
    .string()
    .optional()
    .describe('Program, with its arguments, that signs package metadata instead of keys kept here'),
  DOWNLOAD_ACCEL: z
    .string()
    .regex(/^\/[a-zA-Z0-9/_-]*\/$/, 'a path like /packages/')
    .optional()
    .describe('Internal path at which a web server in front sends the files of DATA_DIR/files (X-Accel-Redirect)'),
});
type Settings = z.output<typeof settings>;

/** Every setting in words, for the documents: its name, what it is for, what holds when it is not set. */
export function listSettings(): { name: string; about: string; unless: string; secret: boolean }[] {
  return Object.entries(settings.shape).map(([name, schema]) => ({
    name,
    about: schema.description ?? '',
    unless: schema instanceof z.ZodDefault ? String(schema.def.defaultValue) : '',
    secret: SECRETS.includes(name),
  }));
}

/**
 * Reads the settings from an environment: PORT, HOST, PUBLIC_URL, DATA_DIR, DATABASE_URL, DATABASE_POOL, SMTP_URL,
 * MAIL_FROM, MAIL_PACE_PER_DOMAIN, IMAP_URL, LMTP_PORT, SMTP_IN_PORT, MAIL_ATTACHMENT_MB, DKIM_DOMAIN, DKIM_SELECTOR, DKIM_KEY, SECRET, OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, LOG_LEVEL, TRUST_PROXY,
 * WEBHOOK_PRIVATE; those that hold a secret also as NAME_FILE. An empty value counts as not set.
 * @returns the settings, or one line per problem naming setting, value (never a secret one) and what is expected
 */
export function readConfig(env: Environment): Config | { problems: string[] } {
  const problems: string[] = [];
  const values = readValues(env, problems);
  const parsed = settings.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      const shown = SECRETS.includes(name) ? '(not shown)' : JSON.stringify(values[name]);
      problems.push(`${name} is ${shown}: expected ${issue.message}.`);
    }
    return { problems };
  }
  problems.push(...checkTogether(parsed.data));
  return problems.length > 0 ? { problems } : toConfig(parsed.data, env);
}

/** The settings of this process, or a StartError with the first problem in one line. */
export function readProcessConfig(): Config {
  const config = readConfig(process.env);
  if ('problems' in config) {
    throw new StartError(`Wrong setting: ${config.problems.join(' ')}`);
  }
  return config;
}

/** What the commands that work by HTTP take from the environment of this process. */
export interface ClientEnvironment {
  /** FIELDFIX_URL; http://localhost:3000 unless set. Without trailing slash. */
  url: string;
  /** FIELDFIX_KEY, or the content of FIELDFIX_KEY_FILE. */
  key: string | undefined;
  /** FIELDFIX_EMAIL and FIELDFIX_PASSWORD_FILE: of the person, for the commands that a person has to sign. */
  email: string | undefined;
  passwordFile: string | undefined;
  /** The folder that relative file names are meant from. */
  startedFrom: string;
}

/**
 * Reads FIELDFIX_URL, FIELDFIX_KEY, FIELDFIX_KEY_FILE, FIELDFIX_EMAIL and FIELDFIX_PASSWORD_FILE.
 * @throws StartError when the address is none or the key's file cannot be read
 */
export function clientEnvironment(env: Environment = process.env): ClientEnvironment {
  const address = env.FIELDFIX_URL?.trim() || 'http://localhost:3000';
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new StartError(
      `FIELDFIX_URL is ${JSON.stringify(address)}: expected an address like https://fieldfix.example.`,
    );
  }
  let key = env.FIELDFIX_KEY?.trim() || undefined;
  const file = env.FIELDFIX_KEY_FILE?.trim();
  if (!key && file) {
    try {
      key = readFileSync(file, 'utf8').trim() || undefined;
    } catch (error) {
      throw new StartError(
        `FIELDFIX_KEY_FILE is ${JSON.stringify(file)}: it cannot be read (${(error as { code?: string }).code}).`,
      );
    }
  }
  return {
    url: address.replace(/\/+$/, ''),
    key,
    email: env.FIELDFIX_EMAIL?.trim() || undefined,
    passwordFile: env.FIELDFIX_PASSWORD_FILE?.trim() || undefined,
    startedFrom: env.FIELDFIX_STARTED_FROM ?? env.INIT_CWD ?? process.cwd(),
  };
}

function readValues(env: Environment, problems: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of Object.keys(settings.shape)) {
    const value = env[name]?.trim();
    if (value) values[name] = value;
  }
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) continue;
    if (values[name]) problems.push(`${name} and ${name}_FILE are both set: expected one of them.`);
    try {
      values[name] = readFileSync(file, 'utf8').trim();
      if (!values[name]) problems.push(`${name}_FILE is ${JSON.stringify(file)}: the file is empty.`);
    } catch (error) {
      problems.push(
        `${name}_FILE is ${JSON.stringify(file)}: it cannot be read (${(error as { code?: string }).code}).`,
      );
    }
  }
  return values;
}

function checkTogether(values: Settings): string[] {
  const problems: string[] = [];
  if (values.SMTP_URL && !values.MAIL_FROM)
    problems.push('MAIL_FROM is not set: expected the sender of mails that go by SMTP_URL.');
  const oidc = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'] as const;
  const missing = oidc.filter((name) => !values[name]);
  if (missing.length > 0 && missing.length < oidc.length) {
    problems.push(`${missing.join(' and ')} not set: expected all of ${oidc.join(', ')}, or none.`);
  }
  const dkim = ['DKIM_DOMAIN', 'DKIM_SELECTOR', 'DKIM_KEY'] as const;
  const unsigned = dkim.filter((name) => !values[name]);
  if (unsigned.length > 0 && unsigned.length < dkim.length)
    problems.push(`${unsigned.join(' and ')} not set: expected all of ${dkim.join(', ')}, or none.`);
  const storage = ['S3_KEY_ID', 'S3_SECRET'] as const;
  const lacking = storage.filter((name) => !values[name]);
  if (values.S3_URL && lacking.length > 0) problems.push(`${lacking.join(' and ')} not set: expected with S3_URL.`);
  if (values.S3_URL && values.DOWNLOAD_ACCEL)
    problems.push('DOWNLOAD_ACCEL is set with S3_URL: expected one of them, a web server in front sends files only.');
  return problems;
}

function toConfig(values: Settings, env: Environment): Config {
  const dataDir = resolve(values.DATA_DIR);
  const mailFrom = values.MAIL_FROM ?? 'Fieldfix <fieldfix@fieldfix.example>';
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = values;
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: (values.PUBLIC_URL ?? `http://localhost:${values.PORT}`).replace(/\/+$/, ''),
    dataDir,
    filesDir: join(dataDir, 'files'),
    database: values.DATABASE_URL
      ? { kind: 'postgresql', url: values.DATABASE_URL, poolSize: values.DATABASE_POOL }
      : { kind: 'pglite', dataDir },
    smtpUrl: values.SMTP_URL,
    imapUrls: values.IMAP_URL?.split(/\s+/) ?? [],
    lmtpPort: values.LMTP_PORT,
    smtpInPort: values.SMTP_IN_PORT,
    mailFrom,
    mailDomain: MAIL_ADDRESS.exec(mailFrom)?.groups?.domain?.toLowerCase() ?? 'localhost',
    pacePerDomain: values.MAIL_PACE_PER_DOMAIN,
    attachmentLimit: Math.round(values.MAIL_ATTACHMENT_MB * 1_000_000),
    dkim:
      values.DKIM_DOMAIN && values.DKIM_SELECTOR && values.DKIM_KEY
        ? { domain: values.DKIM_DOMAIN, selector: values.DKIM_SELECTOR, key: values.DKIM_KEY }
        : undefined,
    oidc: issuer && clientId && clientSecret ? { issuer, clientId, clientSecret } : undefined,
    logLevel: values.LOG_LEVEL,
    trustProxy: values.TRUST_PROXY,
    webhookPrivate: values.WEBHOOK_PRIVATE === 'allow',
    s3:
      values.S3_URL && values.S3_KEY_ID && values.S3_SECRET
        ? { url: values.S3_URL, region: values.S3_REGION, keyId: values.S3_KEY_ID, secret: values.S3_SECRET }
        : undefined,
    trustSecret: values.TRUST_SECRET ? Buffer.from(values.TRUST_SECRET, 'utf8') : undefined,
    trustSigner: values.TRUST_SIGNER?.split(/\s+/),
    downloadAccel: values.DOWNLOAD_ACCEL,
    secret: values.SECRET ? Buffer.from(values.SECRET, 'utf8') : undefined,
    startedFrom: env.FIELDFIX_STARTED_FROM ?? env.INIT_CWD ?? process.cwd(),
  };
}

/**
 * The key that personal links and cookies hang on. Without SECRET, the embedded database's server makes one at its first
 * start and keeps it in DATA_DIR/secret. On PostgreSQL it must be given (SECRET, SECRET_FILE, or that file): several
 * servers with several secrets would refuse each other's links.
 * @throws StartError when it is missing on PostgreSQL or the kept file is damaged
 */
export function openSecret(config: Config): Buffer {
  if (config.secret) return config.secret;
  const file = join(config.dataDir, 'secret');
  const kept = readSecret(file);
  if (kept) return kept;
  if (config.database.kind === 'postgresql') {
    throw new StartError(
      `SECRET is not set: with DATABASE_URL every server needs the same one, in SECRET, SECRET_FILE or ${file} (make it by: openssl rand -hex 32).`,
    );
  }
  mkdirSync(config.dataDir, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    // Never over another one: links hang on the first.
    linkSync(temporary, file);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary);
  }
  const folder = openSync(config.dataDir, 'r');
  fsyncSync(folder);
  closeSync(folder);
  return readSecret(file) as Buffer;
}

function readSecret(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
  if (text.length < SECRET_BYTES)
    throw new StartError(`${file} is damaged: expected at least ${SECRET_BYTES} characters.`);
  return Buffer.from(text, 'utf8');
}
