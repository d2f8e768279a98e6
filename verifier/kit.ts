/** What lies in a kit, as the verifier reads it. Written by src/app/kit-files.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `kit.json`. Nothing in it is believed that the signed metadata does not say too. */
export interface Kit {
  format: 1;
  /** Reference of the action. */
  action: string;
  remedy: string;
  version: string;
  /** Name of the package below `package/`. */
  file: string;
  /** Names of the package in the signed metadata. */
  targets: string[];
  /** `YYYY-MM-DD`: no true clock is before this day. */
  preparedOn: string;
  /** Last day of the metadata. */
  goodUntil: string;
  rootSha256: string;
  /** Where codes go. */
  server: string;
}

/** One line of `tickets.json`: an installation ticket. */
export interface KitTicket {
  number: number;
  key: string;
  serial: string;
  product: string;
  environment: string;
}

/** What the verifier stops at: a key of its words, with what they need. */
export class Stop extends Error {
  readonly word: string;
  readonly params: Record<string, string>;
  constructor(word: string, params: Record<string, string> = {}) {
    super(word);
    this.word = word;
    this.params = params;
  }
}

/** A name with a folder in it would lead out of the kit. @throws Stop */
export function plainName(name: string): string {
  if (name === '' || /[\\/:\0]/.test(name) || name === '.' || name === '..')
    throw new Stop('kit-broken', { file: name });
  return name;
}

/** Reads a JSON file of the kit. @throws Stop when it is missing, cut off or damaged */
export function readKitFile(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch {
    throw new Stop('kit-broken', { file: name });
  }
}

/** Whether a value read from a kit has these members, each of its kind. */
function hasMembers(value: unknown, kinds: Record<string, 'string' | 'number'>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Record<string, unknown>;
  return Object.keys(kinds).every((name) => typeof members[name] === kinds[name]);
}

/** `kit.json`. @throws Stop when it is not one */
export function readKit(folder: string): Kit {
  const value = readKitFile(folder, 'kit.json');
  const text = 'string';
  const named = { action: text, remedy: text, version: text, file: text, preparedOn: text, rootSha256: text } as const;
  const kit = value as Kit;
  if (!hasMembers(value, { ...named, server: text }) || kit.format !== 1 || !Array.isArray(kit.targets))
    throw new Stop('kit-broken', { file: 'kit.json' });
  return kit;
}

/** `tickets.json`. @throws Stop when it is not one, or has none */
export function readTickets(folder: string): KitTicket[] {
  const value = readKitFile(folder, 'tickets.json');
  const kinds = { number: 'number', key: 'string', serial: 'string', environment: 'string' } as const;
  if (!Array.isArray(value) || value.length === 0 || !value.every((one) => hasMembers(one, kinds)))
    throw new Stop('kit-broken', { file: 'tickets.json' });
  return value as KitTicket[];
}
