/**
 * What can be looked at on a machine after a package was installed, as data: a verifier runs these checks and knows nothing
 * of the remedy itself.
 */
import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'A check is named by small letters, digits and dashes, e.g. service-stopped.');
const label = z
  .record(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/), z.string().trim().min(1).max(300))
  .default({})
  .describe('What is checked, in words, by language.');
const path = z.string().trim().min(1).max(500).describe('Path as the machine writes it; %NAME% is filled in there.');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 hexadecimal digits.');
const port = z.int().min(1).max(65_535);
const common = { id: name, label, environments: z.array(z.string().trim().min(1).max(60)).max(20).default([]) };

/** A file is there, with this hash or at least this version; or is gone. */
const fileCheck = z.strictObject({
  ...common,
  kind: z.literal('file'),
  path,
  sha256: sha256.optional(),
  /** At least this version, as the file's own resources say. */
  version: z.string().trim().min(1).max(40).optional(),
  absent: z.boolean().default(false),
});

/** A service of the operating system is in this state. */
const serviceCheck = z.strictObject({
  ...common,
  kind: z.literal('service'),
  service: z.string().trim().min(1).max(200),
  state: z.enum(['running', 'stopped', 'disabled', 'absent']),
});

/** A value of the Windows registry is this. */
const registryCheck = z.strictObject({
  ...common,
  kind: z.literal('registry'),
  key: z.string().regex(/^(HKLM|HKCU|HKCR|HKU)\\[^\r\n]{1,400}$/, 'A key starts with HKLM\\, HKCU\\, HKCR\\ or HKU\\.'),
  value: z.string().max(200),
  equals: z.string().max(1_000),
});

/** A port answers where it should and nowhere else: the patch of the example closes it to others and keeps it for itself. */
const portCheck = z.strictObject({
  ...common,
  kind: z.literal('port'),
  port,
  /** From another address of the same machine's network. */
  remote: z.enum(['open', 'closed']),
  /** From the machine itself. */
  local: z.enum(['open', 'closed']),
});

/** A page of the machine itself answers so. */
const httpCheck = z.strictObject({
  ...common,
  kind: z.literal('http'),
  url: z.url({
    protocol: /^https?$/,
    hostname: /^(localhost|127(\.\d{1,3}){3})$/,
    error: 'Only this machine is asked.',
  }),
  status: z.int().min(100).max(599),
  contains: z.string().max(500).optional(),
});

export const packageCheckSchema = z.discriminatedUnion('kind', [
  fileCheck,
  serviceCheck,
  registryCheck,
  portCheck,
  httpCheck,
]);
export type PackageCheck = z.infer<typeof packageCheckSchema>;

/** How the package is installed and how to see that it was. */
export const packageManifestSchema = z.strictObject({
  /** Started by the verifier, by what the machine runs; the file's own name stands as {file}. */
  install: z
    .partialRecord(z.enum(['windows', 'linux']), z.array(z.string().max(500)).min(1).max(40))
    .optional()
    .describe('Program and arguments; {file} is the package.'),
  /** Where the machine tells which environment it runs in. */
  environment: z
    .strictObject({ path, values: z.record(z.string().max(200), z.string().max(60)) })
    .optional()
    .describe('A file whose text names the environment: text found → code of the environment.'),
  /** Where the machine tells its serial number; a person is asked where it does not. */
  serial: z
    .strictObject({ path, after: z.string().min(1).max(200) })
    .optional()
    .describe('A text file with the serial number: it follows `after` to the end of that line.'),
  /** Where backups lie; a person is asked where none is found. */
  backup: z
    .strictObject({ path, days: z.int().min(1).max(365) })
    .optional()
    .describe('A file, or a folder with files, of which the newest is at most so many days old.'),
  checks: z
    .array(packageCheckSchema)
    .max(100)
    .refine(
      (checks) => new Set(checks.map((one) => one.id)).size === checks.length,
      'Each check has a name of its own.',
    )
    .default([]),
});
export type PackageManifest = z.infer<typeof packageManifestSchema>;
