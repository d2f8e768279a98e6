import type { ColumnType, Generated } from 'kysely';
import type { PackageApplies, PackageLines } from '../domain/package.ts';
import type { PackageManifest } from '../domain/package-manifest.ts';

type Id = Generated<number>;
type JsonDefault<T> = ColumnType<T, string | undefined, string>;

/** The files of a software remedy, who signed them, and what they are for. */
export interface PackageTable {
  id: Id;
  remedy_id: number;
  version: string;
  file_name: string;
  /** A file of the general store; packages lie in their own, under storage_key. */
  file_id: number | null;
  size: number | null;
  sha256: Generated<string>;
  sha512: Generated<string>;
  state: Generated<'draft' | 'released' | 'withdrawn'>;
  created_at: Date;
  /** Where the package store keeps the bytes; '' = no file yet. */
  storage_key: Generated<string>;
  media_type: Generated<string>;
  applies: JsonDefault<PackageApplies[]>;
  prerequisites: Generated<string[]>;
  side_effects: Generated<string[]>;
  /** Language → prerequisites and side effects in its words; the columns hold the English ones. */
  translations: JsonDefault<Record<string, PackageLines>>;
  /** Language → source of a rich text (domain/rich-text.ts). */
  instructions: JsonDefault<Record<string, string>>;
  manifest: JsonDefault<PackageManifest>;
  /** Finished downloads one contact may have. */
  most_downloads: Generated<number>;
  changed_at: Date | null;
  released_at: Date | null;
  withdrawn_at: Date | null;
  withdrawn_reason: Generated<string>;
}

/** A file on its way to its package. */
export interface PackageUploadTable {
  id: Id;
  package_id: number;
  file_name: string;
  /** Bytes; null: not told beforehand. */
  length: number | null;
  received: Generated<number>;
  expected_sha256: Generated<string>;
  /** The package store's name for it. */
  store_ref: string;
  state: Generated<'open' | 'done' | 'broken' | 'cancelled'>;
  detail: Generated<string>;
  /** The request that writes now, and when it was last heard of. */
  writer: string | null;
  writer_at: Date | null;
  by_name: string;
  created_at: Date;
  changed_at: Date;
}

/** A key of the signed repository. */
export interface TufKeyTable {
  /** SHA-256 of the public key, as TUF names keys. */
  key_id: string;
  /** root, targets, snapshot, timestamp, or the role of a product. */
  role: string;
  public_key: ColumnType<{ keytype: string; scheme: string; keyval: { public: string } }, string, never>;
  /** Who signs with it: we, a command, or people who keep it offline. */
  holder: 'stored' | 'command' | 'offline';
  /** The private half, encrypted (adapters/tuf.ts). */
  sealed: Buffer | null;
  created_at: Date;
  retired_at: Date | null;
  retired_reason: Generated<string>;
}

/** One version of one role, as its bytes. */
export interface TufMetadataTable {
  role: string;
  version: number;
  state: Generated<'published' | 'draft'>;
  bytes: Buffer;
  expires_at: Date;
  created_at: Date;
}

/** Somebody without an affected unit who may download all the same. */
export interface DownloadPermissionTable {
  id: Id;
  action_id: number;
  party_id: number;
  reason: string;
  by_name: string;
  given_at: Date;
  withdrawn_at: Date | null;
  withdrawn_reason: Generated<string>;
}

/** A one-time code; the code itself is derived (app/download-codes.ts). */
export interface DownloadCodeTable {
  id: Id;
  package_id: number;
  link_id: number;
  contact_id: number;
  delivery_id: number | null;
  sent_at: Date;
  expires_at: Date;
  tries: Generated<number>;
  state: Generated<'open' | 'used' | 'spent' | 'replaced'>;
  ended_at: Date | null;
}

/** One grant and what became of it. */
export interface DownloadTable {
  id: Id;
  package_id: number;
  party_id: number;
  contact_id: number | null;
  link_id: number | null;
  state: 'granted' | 'started' | 'finished' | 'broken' | 'revoked';
  granted_at: Date;
  changed_at: Date;
  detail: JsonDefault<Record<string, unknown>>;
  action_id: ColumnType<number | null, number | null | undefined, number | null>;
  code_id: ColumnType<number | null, number | null | undefined, number | null>;
  /** SHA-256 of the token in the file's address; the token is derived. */
  token_hash: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>;
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  started_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  finished_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  sent: Generated<number>;
  ranges: Generated<number>;
  handed_over: Generated<boolean>;
  ended_reason: Generated<string>;
}

/** One request for bytes under a grant. */
export interface DownloadRangeTable {
  id: Id;
  download_id: number;
  /** Asked for: from `first` up to but not including `past`. */
  first: number;
  past: number;
  sent: Generated<number>;
  address: Generated<string>;
  started_at: Date;
  ended_at: Date | null;
  outcome: Generated<'running' | 'done' | 'broken' | 'stopped' | 'handed-over'>;
}

export interface PackagesSchema {
  package: PackageTable;
  package_upload: PackageUploadTable;
  tuf_key: TufKeyTable;
  tuf_metadata: TufMetadataTable;
  download_permission: DownloadPermissionTable;
  download_code: DownloadCodeTable;
  download: DownloadTable;
  download_range: DownloadRangeTable;
}
