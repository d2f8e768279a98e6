/** What a sender means: words nobody knows, dates that could be two days, rows without a mode. Asked once. */
import type { VNode } from 'preact';
import type { SheetRow } from '../../../app/spreadsheet-open.ts';
import type { AskedWord } from '../../../domain/spreadsheet-scan.ts';
import { sheetMeanings } from '../../../domain/spreadsheet-words.ts';
import { ButtonRow, Form, HiddenInput, RadioGroup, Select, SubmitButton } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, Identifier } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { meaningWords } from './words.ts';

type Sheet = NonNullable<SheetRow>;

/** What a list can be about, to choose from. */
export interface MappingChoices {
  environments: { code: string; name: string }[];
  remedies: { id: number; name: string }[];
}

/** The questions, each only where it is open. */
export function WordsPart({ sheet, choices, form }: { sheet: Sheet; choices: MappingChoices; form: FormState }): VNode {
  const { asks } = sheet;
  const meanings = sheetMeanings.map((value) => ({ value, label: meaningWords[value] }));
  const modes = [
    ...choices.environments.map(({ code, name }) => ({
      value: code,
      label: name === code ? code : `${code}: ${name}`,
    })),
    { value: 'all', label: 'Every mode' },
  ];
  return (
    <Card title={`What ${sheet.party} means`}>
      <Form action={`/spreadsheets/${sheet.id}/mapping`} label="Words of the list">
        {Object.entries(sheet.mapping).map(([key, index]) => (
          <HiddenInput key={key} name={`column-${index}`} value={key} />
        ))}
        {asks.status ? (
          <WordTable
            form={form}
            which="status"
            caption="Words for done or not"
            words={asks.status}
            options={meanings}
            preset={(word) => (word.key === '' ? 'nothing' : '')}
          />
        ) : null}
        {asks.mode ? (
          <WordTable form={form} which="mode" caption="Words for modes" words={asks.mode} options={modes} />
        ) : null}
        {asks.dateOrder ? (
          <RadioGroup
            form={form}
            name="dateOrder"
            label="Dates such as 03/04/2022"
            hint="Its rows do not say which it is."
            options={[
              { value: 'dmy', label: 'Day first: 3 April 2022' },
              { value: 'mdy', label: 'Month first: 4 March 2022' },
            ]}
            required
          />
        ) : null}
        {asks.noMode === undefined ? null : (
          <RadioGroup
            form={form}
            name="noMode"
            label={`${asks.noMode === 1 ? 'One row names' : `${asks.noMode} rows name`} no mode. What do such rows speak of?`}
            options={[
              { value: 'all', label: 'Of every mode of the device' },
              { value: 'refuse', label: 'We do not know: refuse them' },
            ]}
            required
          />
        )}
        {asks.remedy ? (
          <Select
            form={form}
            name="remedyId"
            label="Which remedy does the list speak of?"
            placeholder="Choose…"
            options={choices.remedies.map(({ id, name }) => ({ value: String(id), label: name }))}
            required
          />
        ) : null}
        <ButtonRow>
          <SubmitButton icon="list-check">Check every row</SubmitButton>
        </ButtonRow>
      </Form>
    </Card>
  );
}

function WordTable({
  form,
  which,
  caption,
  words,
  options,
  preset = () => '',
}: {
  form: FormState;
  which: 'status' | 'mode';
  caption: string;
  words: readonly AskedWord[];
  options: readonly { value: string; label: string }[];
  preset?: (word: AskedWord) => string;
}): VNode {
  return (
    <DataTable
      caption={caption}
      captionShown
      columns={[
        {
          key: 'word',
          title: 'They write',
          cell: ({ word }) => (word === '' ? '(an empty cell)' : <Identifier>{word}</Identifier>),
          rowHeader: true,
        },
        { key: 'count', title: 'Rows', align: 'number', cell: ({ count }) => count },
        { key: 'row', title: 'First in row', align: 'number', cell: ({ row }) => row },
        {
          key: 'means',
          title: 'It means',
          cell: (one) => (
            <>
              <HiddenInput name={`${which}-word-${words.indexOf(one)}`} value={one.key} />
              <Select
                form={form}
                name={`${which}-${words.indexOf(one)}`}
                label={`${one.word} means`}
                labelHidden
                placeholder="Choose…"
                value={preset(one)}
                options={options}
              />
            </>
          ),
        },
      ]}
      rows={words}
      rowKey={(one) => one.key}
      empty={{ title: '', text: '' }}
    />
  );
}
