/** What importing a file and reading a list of answers ask alike: how the file was read, and which column is which. */
import type { VNode } from 'preact';
import type { ImportFound } from '../../db/schema-imports.ts';
import { type FormBody, fieldText } from '../context.ts';
import { Form, Select, SubmitButton, TextInput } from '../ui/field.tsx';
import { freshForm } from '../ui/form.ts';
import { Card, Columns, More } from '../ui/parts.tsx';

/** What programs write, the likely first; then Europe's from the middle to the east, and East Asia's. */
const ENCODINGS = [
  ...['utf-8', 'windows-1252', 'utf-16le', 'utf-16be', 'iso-8859-2', 'windows-1250', 'windows-1251', 'windows-1253'],
  ...['windows-1254', 'windows-1257', 'shift_jis', 'gb18030', 'big5', 'euc-kr'],
];

/** How a file was read as a table. '' for what was found out by itself. */
interface Reading {
  found: ImportFound;
  sheet: string;
  encoding: string;
  delimiter: string;
}

/** Where the guess about the file itself was wrong. `action`: takes `sheet`, `encoding`, `delimiter`. */
export function ReadingCard({ file, action }: { file: Reading; action: string }): VNode {
  const { found } = file;
  const form = freshForm({ sheet: file.sheet || found.sheet, encoding: file.encoding, delimiter: file.delimiter });
  const encodings = file.encoding === '' ? ENCODINGS : [...new Set([...ENCODINGS, file.encoding])];
  return (
    <Card title="How the file was read">
      <p>
        {found.format === 'xlsx'
          ? `Workbook, sheet ${found.sheet}`
          : `Text in ${found.encoding}, separator ${separatorWord(found.delimiter)}`}
        {`, headings in row ${found.headerRow}.`}
      </p>
      <More summary="Read it in another way">
        <Form action={action} label="How the file is read">
          <Columns>
            {found.format === 'xlsx' ? (
              <Select form={form} name="sheet" label="Sheet" options={found.sheets.map(asOption)} />
            ) : (
              <>
                <Select
                  form={form}
                  name="encoding"
                  label="Encoding"
                  placeholder="Find it out"
                  options={encodings.map(asOption)}
                />
                <TextInput
                  form={form}
                  name="delimiter"
                  label="Separator"
                  hint="One character; leave it empty to find it out."
                  width={4}
                  maxLength={1}
                />
              </>
            )}
          </Columns>
          <SubmitButton tone="secondary">Read again</SubmitButton>
        </Form>
      </More>
    </Card>
  );
}

const asOption = (value: string) => ({ value, label: value });

function separatorWord(delimiter: string): string {
  return { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' }[delimiter] ?? delimiter;
}

/** What the form of a {@link ReadingCard} says. */
export function readReading(body: FormBody): { sheet: string; encoding: string; delimiter: string } {
  return {
    sheet: fieldText(body, 'sheet'),
    encoding: fieldText(body, 'encoding'),
    delimiter: fieldText(body, 'delimiter').slice(0, 1),
  };
}

/** The first values of a column, to know it by. */
export function samplesOf(samples: readonly string[][], index: number): string {
  const seen = new Set(samples.map((row) => (row[index] ?? '').trim()).filter((cell) => cell !== ''));
  const shown = [...seen].slice(0, 3).map((cell) => (cell.length > 40 ? `${cell.slice(0, 39)}…` : cell));
  return shown.length === 0 ? '(empty)' : shown.join(' · ');
}

/** A form's first values for a mapping: `column-3` is the field of the file's fourth column. */
export function columnFields(mapping: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(mapping).map(([key, index]) => [`column-${index}`, key]));
}

/** What a form says of the columns: key → index of the file's column. `twice`: the first field whose key was chosen before. */
export function readColumns(body: FormBody): { mapping: Record<string, number>; twice?: string } {
  const mapping: Record<string, number> = {};
  for (const name of Object.keys(body)) {
    const index = /^column-(\d{1,3})$/.exec(name)?.[1];
    const key = fieldText(body, name);
    if (index === undefined || key === '') continue;
    if (Object.hasOwn(mapping, key)) return { mapping, twice: name };
    mapping[key] = Number(index);
  }
  return { mapping };
}
