import pg from 'pg';

/**
 * A value for a json or jsonb column. Always go through here: the driver would turn a JavaScript array into a PostgreSQL
 * array and a bare string into invalid JSON. `undefined` becomes JSON null.
 */
export function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** PostgreSQL type ids whose text the driver would otherwise read in another way. */
const INT8 = 20;
const DATE = 1082;
const TIMESTAMP = 1114;
const INTERVAL = 1186;
const NUMERIC = 1700;
const TEXT_ARRAY: number = 1009;
const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;
const NUMERIC_ARRAY = 1231;

const asText = (text: string): string => text;

/** int8 as a number; throws where a number would silently become another one. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is larger than a number can hold exactly`);
  return value;
}

const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY, 'text') as (text: string) => (string | null)[];

function arrayOf<T>(parse: (text: string) => T): (text: string) => (T | null)[] {
  return (text) => parseTextArray(text).map((item) => (item === null ? null : parse(item)));
}

const PARSERS = new Map<number, (text: string) => unknown>([
  [INT8, parseInt8],
  [NUMERIC, Number],
  [DATE, asText],
  [TIMESTAMP, asText],
  [INTERVAL, asText],
  [INT8_ARRAY, arrayOf(parseInt8)],
  [NUMERIC_ARRAY, arrayOf(Number)],
  [DATE_ARRAY, arrayOf(asText)],
]);

/**
 * How values come out of both databases: int8 and numeric as number, date as 'YYYY-MM-DD', timestamptz as Date, json as
 * its value, bytea as Buffer, the rest as node-postgres does.
 */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: ((id: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && PARSERS.get(id)) ||
    pg.types.getTypeParser(id, format as 'text')) as typeof pg.types.getTypeParser,
};
