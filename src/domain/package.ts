/** The package: what it is called, what it is for, what its two signatures cover, and who may have it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './notice.ts';
import type { PackageManifest } from './package-manifest.ts';
import { type Refusal, refuse } from './refusal.ts';

/** Names Windows keeps for devices, whatever ending follows them. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/**
 * The name a file keeps on every machine it is copied to: no folder, no sign that Windows refuses, no device's name, no
 * dot or blank at its ends, nothing that turns the reading direction.
 */
export const fileNameSchema = z
  .string()
  .trim()
  .min(1, 'Give the file a name.')
  .max(150, 'A file name has at most 150 characters.')
  .refine(
    (name) => !/[\\/:*?"<>|\p{Cc}\p{Cf}]/u.test(name) && !/^[.\s]|[.\s]$/.test(name) && !DEVICE.test(name),
    'A file name has no folder, none of \\ / : * ? " < > | and no dot at its ends.',
  );

const code = z.string().trim().min(1).max(60);

/** One line of what a package is for. No environments: all of them; no versions: all of them. */
export const packageAppliesSchema = z.object({
  product: code.describe('Code of the product.'),
  environments: z.array(code).max(20).default([]).describe('Codes of its environments; none: all.'),
  from: z.string().trim().max(40).default('').describe('First software version, as the product writes it.'),
  to: z.string().trim().max(40).default('').describe('Last software version, included.'),
});
export type PackageApplies = z.infer<typeof packageAppliesSchema>;

const line = z.string().trim().min(1).max(500);

/** What to do before installing and what changes, in one language. */
export const packageLinesSchema = z.object({
  prerequisites: z.array(line).max(50).default([]),
  sideEffects: z.array(line).max(50).default([]),
});
export type PackageLines = z.infer<typeof packageLinesSchema>;

/** The lists in a reader's language; one that was not translated stays English. */
export function linesIn(
  content: PackageLines & { translations: Readonly<Record<string, PackageLines>> },
  language: string,
): { prerequisites: readonly string[]; sideEffects: readonly string[] } {
  const own = content.translations[language];
  return {
    prerequisites: own && own.prerequisites.length > 0 ? own.prerequisites : content.prerequisites,
    sideEffects: own && own.sideEffects.length > 0 ? own.sideEffects : content.sideEffects,
  };
}

/** What is signed when a package is released. */
export interface SignedPackage {
  remedyId: number;
  version: string;
  fileName: string;
  size: number;
  sha256: string;
  sha512: string;
  applies: readonly PackageApplies[];
  prerequisites: readonly string[];
  sideEffects: readonly string[];
  translations: Readonly<Record<string, PackageLines>>;
  instructions: Readonly<Record<string, string>>;
  manifest: PackageManifest;
}

/** SHA-256 of everything that a signature under a package covers. */
export function packageHash(content: SignedPackage): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** Two people release a package; what each signature means (21 CFR 11.50(a)(3)). */
export const packageRoles = {
  quality: 'I release this package for Quality: the file is the tested one, and its instructions and checks are right.',
  regulatory:
    'I release this package for Regulatory Affairs: it is what the notice announces, for these products and versions.',
} as const;
export type PackageRole = keyof typeof packageRoles;

/** What is known of somebody who asks for a package, at this moment. */
export interface Entitlement {
  packageState: 'draft' | 'released' | 'withdrawn';
  hasFile: boolean;
  /** `open`: released, monitored or completed · `over`: closed. */
  action: 'before' | 'open' | 'over';
  /** Not revoked and not over. */
  linkLive: boolean;
  contactActive: boolean;
  /** Corrections the party has under the package's remedy, other than those that ended as gone or not affected. */
  corrections: number;
  /** A regulator. */
  authority: boolean;
  /** Staff permitted it: a distributor, an importer. */
  permitted: boolean;
}

/** As what somebody may download. */
export type EntitledAs = 'owner' | 'permitted' | 'authority';

/**
 * Whether somebody may have a package now, and as what. Asked again before every byte: a unit that moved away, a link that
 * was revoked, a package that was withdrawn end a download that has begun.
 */
export function entitle(facts: Entitlement): EntitledAs | Refusal {
  if (!facts.linkLive) return refuse('download.link-ended');
  if (facts.packageState === 'withdrawn') return refuse('download.withdrawn');
  if (facts.action === 'over') return refuse('download.revoked');
  if (facts.packageState !== 'released' || !facts.hasFile || facts.action !== 'open')
    return refuse('download.not-released');
  if (!facts.contactActive) return refuse('download.contact-ended');
  if (facts.corrections > 0) return 'owner';
  if (facts.authority) return 'authority';
  if (facts.permitted) return 'permitted';
  return refuse('download.not-entitled');
}

/** `l•••@lab-0421.example`: enough to know one's own address by, not enough to learn another's. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '•••' : `${address.slice(0, 1)}•••${address.slice(at)}`;
}
