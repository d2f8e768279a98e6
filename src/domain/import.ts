/**
 * Imports: the rows of a file checked one by one against the columns of their kind. Everything here is syntax; whether a party
 * or a product exists is asked of the database by the use case.
 */
import type { DateOrder } from './date-text.ts';
import {
  type CellReader,
  type CellValue,
  cleanCell,
  type IdentifierPair,
  isBlank,
  makeCellReader,
  type ProductReference,
} from './import-cells.ts';
import { IMPORT_COLUMNS, type ImportColumn, type ImportKind } from './import-columns.ts';
import type { ImportFinding } from './import-findings.ts';
import type { ImportMapping } from './import-mapping.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import type { DeviceIdentifier } from './udi.ts';

export type { IdentifierPair, ProductReference } from './import-cells.ts';
export { type ColumnType, IMPORT_COLUMNS, IMPORT_KINDS, type ImportColumn, type ImportKind } from './import-columns.ts';
export { describeFinding, type ImportFinding, importFindingText } from './import-findings.ts';
export {
  headerSignature,
  type ImportMapping,
  knownHeadings,
  type MappingProposal,
  proposeMapping,
} from './import-mapping.ts';

/**
 * What a checked row says, per kind. A key is absent when the file has no such column (an update then leaves the value alone)
 * and '' / null / [] when the cell is blank (an update then clears it). Required keys are always there.
 */
export type ImportValues = {
  parties: { ref: string; name: string; country: string } & Partial<
    Texts<'street' | 'postcode' | 'city' | 'region' | 'phone' | 'email' | 'accountNo' | 'distributorRef' | 'srn'>
  > & {
      kind: 'customer' | 'distributor' | 'importer' | 'authorised-representative' | 'authority';
    };
  sites: { ref: string; partyRef: string; name: string; country: string } & Partial<
    Texts<'street' | 'postcode' | 'city' | 'region' | 'zone'>
  >;
  /** `key` is the contact's number, else its e-mail in lower case, else its name: unique within the party. */
  contacts: {
    key: string;
    partyRef: string;
    name: string;
    role: string;
    channel: 'email' | 'post' | 'phone';
  } & Partial<Texts<'ref' | 'siteRef' | 'title' | 'email' | 'phone'>> & {
      languages?: string[];
    };
  products: { code: string; name: string; kind: 'instrument' | 'software' | 'consumable' } & Partial<
    Texts<'description'>
  > & {
      udiDis?: DeviceIdentifier[];
      catalogueNumbers?: string[];
      pairs?: IdentifierPair[];
      environments?: string[];
      softwareVersions?: string[];
    };
  /** `serial` is the serial number, the lot or the name of the instance, as `kind` says. `software[''`] is the version of every environment. */
  units: {
    product: ProductReference;
    kind: 'serial' | 'lot' | 'standalone';
    serial: string;
    quantity: number;
  } & Partial<Texts<'siteRef' | 'partyRef' | 'soldThroughRef' | 'lot'>> & {
      shippedOn?: string | null;
      connected?: boolean | null;
      software?: Record<string, string>;
    };
};
type Texts<K extends string> = Record<K, string>;

/** How a file is to be read beyond its mapping. `header` gives the headings findings show. */
export type RowCheckOptions = { header?: readonly string[]; dateOrder?: DateOrder | undefined };
export type RowResult<K extends ImportKind> = { values: ImportValues[K] } | { findings: ImportFinding[] };

type Slot = { key: string; column: ImportColumn; index: number; read: CellReader };
type Values = Record<string, CellValue | Record<string, string> | undefined>;

/**
 * Prepares the check of every row of one file: mapping and options are looked at once, then each call costs microseconds.
 * The returned function never throws and keeps nothing of the rows but repeated values.
 */
export function planImport<K extends ImportKind>(
  kind: K,
  mapping: ImportMapping,
  options: RowCheckOptions = {},
): (cells: readonly string[]) => RowResult<K> {
  const header = options.header ?? [];
  const slots: Slot[] = [];
  const software: { environment: string; slot: Slot }[] = [];
  const unmapped: ImportColumn[] = [];
  for (const column of IMPORT_COLUMNS[kind]) {
    const index = mapping[column.key];
    if (index === undefined || index < 0) {
      if (column.required) unmapped.push(column);
      continue;
    }
    const slot = { key: column.key, column, index, read: makeCellReader(column, { order: options.dateOrder }) };
    if (kind === 'units' && column.key === 'software') software.push({ environment: '', slot });
    else slots.push(slot);
  }
  const version = IMPORT_COLUMNS.units.find((column) => column.key === 'software');
  for (const [key, index] of Object.entries(mapping)) {
    if (kind !== 'units' || !version || !key.startsWith('software:') || index < 0) continue;
    software.push({
      environment: key.slice('software:'.length),
      slot: { key, column: version, index, read: makeCellReader(version, {}) },
    });
  }
  const finish = FINISH[kind];

  return (cells) => {
    const values: Values = {};
    let findings: ImportFinding[] | undefined;
    const add = (
      key: string,
      index: number | undefined,
      value: string,
      code: string,
      params: Refusal['params'],
    ): void => {
      const shown = value.length > 120 ? `${value.slice(0, 117)}…` : value;
      const fits = typeof params.value === 'string' && params.value.length > 120 ? { ...params, value: shown } : params;
      findings ??= [];
      findings.push({
        column: key,
        heading: index === undefined ? '' : (header[index] ?? ''),
        value: shown,
        code,
        params: fits,
      });
    };
    for (const column of unmapped) add(column.key, undefined, '', 'import.not-mapped', { label: column.label });
    if (header.length > 0 && cells.length > header.length && hasMore(cells, header.length)) {
      add('', undefined, cells[header.length] ?? '', 'import.row-length', {
        cells: cells.length,
        headings: header.length,
      });
    }
    for (const { key, column, index, read } of slots) {
      const text = cleanCell(cells[index] ?? '');
      if (isBlank(text)) {
        if (column.required) add(key, index, text, 'import.required', { label: column.label });
        else values[key] = BLANK[column.type] === undefined ? '' : BLANK[column.type]?.();
        continue;
      }
      const value = read(text);
      if (isRefusal(value)) add(key, index, text, value.code, value.params);
      else values[key] = value;
    }
    if (software.length > 0) {
      const versions: Record<string, string> = {};
      for (const { environment, slot } of software) {
        const text = cleanCell(cells[slot.index] ?? '');
        if (isBlank(text)) continue;
        const value = slot.read(text);
        if (isRefusal(value)) add(slot.key, slot.index, text, value.code, value.params);
        else versions[environment] = String(value);
      }
      values.software = versions;
    }
    if (!findings)
      finish(values, (key, code, params) => add(key, mapping[key], String(values[key] ?? ''), code, params));
    // Sound by construction: every required key was read by the reader of its type, and FINISH set the derived ones.
    return findings ? { findings } : { values: values as ImportValues[K] };
  };
}

/** What a blank cell becomes; '' for every type not named. */
const BLANK: Partial<Record<ImportColumn['type'], () => CellValue>> = {
  date: () => null,
  'yes-no': () => null,
  quantity: () => null,
  languages: () => [],
  list: () => [],
  identifiers: () => [],
  pairs: () => [],
};

function hasMore(cells: readonly string[], from: number): boolean {
  for (let i = from; i < cells.length; i++) if ((cells[i] ?? '').trim() !== '') return true;
  return false;
}

/** Checks one row. For a whole file take `planImport`, which prepares this once. */
export function checkRow<K extends ImportKind>(
  kind: K,
  mapping: ImportMapping,
  cells: readonly string[],
  options: RowCheckOptions = {},
): RowResult<K> {
  return planImport(kind, mapping, options)(cells);
}

type Add = (key: string, code: string, params: Refusal['params']) => void;

/** What one row must fulfil across its cells, and the values derived from them. */
const FINISH: Record<ImportKind, (values: Values, add: Add) => void> = {
  parties(values, add) {
    values.kind ||= 'customer';
    if (values.distributorRef !== undefined && values.distributorRef !== '' && values.distributorRef === values.ref)
      add('distributorRef', 'import.self', {});
  },
  sites() {},
  contacts(values) {
    values.role ||= 'general';
    // One whose channel has no address is taken in all the same: reaching it becomes somebody's task, not a lost row.
    values.channel ||= values.email ? 'email' : 'post';
    values.key = values.ref || (typeof values.email === 'string' ? values.email.toLowerCase() : '') || values.name;
  },
  products(values) {
    values.kind ||= 'instrument';
    const identifiers = values.udiDis;
    const numbers = values.catalogueNumbers;
    if (!Array.isArray(values.pairs) || values.pairs.length === 0) return;
    // A pair names both: whoever fills in pairs need not write them twice.
    const dis = new Map(
      (Array.isArray(identifiers) ? (identifiers as DeviceIdentifier[]) : []).map((di) => [di.value, di]),
    );
    const catalogue = new Set(Array.isArray(numbers) ? (numbers as string[]) : []);
    for (const pair of values.pairs as IdentifierPair[]) {
      dis.set(pair.di.value, pair.di);
      catalogue.add(pair.catalogueNumber);
    }
    values.udiDis = [...dis.values()];
    values.catalogueNumbers = [...catalogue];
  },
  units(values, add) {
    const { serial, lot, instance, quantity } = values;
    const kind = values.kind || (instance ? 'standalone' : serial ? 'serial' : 'lot');
    const identity = kind === 'serial' ? serial : kind === 'lot' ? lot : instance || serial;
    if (!identity) {
      if (!serial && !lot && !instance) add('serial', 'import.identity', {});
      else {
        const needs = kind === 'serial' ? 'serial number' : kind === 'lot' ? 'lot number' : 'instance name';
        add(kind === 'standalone' ? 'instance' : String(kind), 'import.identity-kind', { kind: String(kind), needs });
      }
    }
    if (kind !== 'lot' && typeof quantity === 'number' && quantity !== 1)
      add('quantity', 'import.quantity-serial', { value: quantity });
    if (!values.siteRef && !values.partyRef) add('siteRef', 'import.place', {});
    values.kind = kind;
    values.serial = identity;
    values.quantity = quantity ?? 1;
    delete values.instance;
  },
};
