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

/** A name with a folder in it would lead out of the kit. */
export function plainName(name: string): string {
  if (name === '' || /[\\/:\0]/.test(name) || name === '.' || name === '..')
    throw new Stop('kit-broken', { file: name });
  return name;
}

/** Reads a JSON file of the kit. @throws Stop when it is missing or none */
export function readKitFile<T>(folder: string, name: string): T {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
  } catch {
    throw new Stop('kit-broken', { file: name });
  }
}
