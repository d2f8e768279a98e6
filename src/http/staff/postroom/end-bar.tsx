/** Ending several messages of the list at once: a tick box before each, and the words for all of them below. */
import type { VNode } from 'preact';
import { isLookedInto } from '../../../app/message-end.ts';
import type { MessageRow } from '../../../app/queries/messages.ts';
import { ButtonRow, Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { type FormState, textsOf } from '../../ui/form.ts';
import { type ListQuery, listLink } from '../../ui/list-query.ts';
import { Card } from '../../ui/parts.tsx';
import type { Column } from '../../ui/table.tsx';
import { PageRows, RowBox } from '../chosen-rows.tsx';

const FORM = 'end';

/** Whether a message can be ended beside others: it waits, and nothing would be lost that nobody looked at. */
function canBeEnded(row: MessageRow): boolean {
  return row.state === 'waiting' && !isLookedInto(row.kind);
}

/** The tick box before each row that can be ended. It belongs to the form below the list. */
export function chooseColumn(form: FormState): Column<MessageRow> {
  const chosen = new Set(textsOf(form, 'row'));
  return {
    key: 'choose',
    title: 'Choose',
    cell: (row) =>
      canBeEnded(row) ? (
        <RowBox
          form={FORM}
          id={row.id}
          label={`${row.subject || '(no subject)'}, ${row.from_name || row.from_address}`}
          checked={chosen.has(String(row.id))}
        />
      ) : null,
  };
}

export type EndBarProps = { query: ListQuery; rows: readonly MessageRow[]; form: FormState };

/** Below the list: why nothing is to be done about those that are ticked. */
export function EndBar({ query, rows, form }: EndBarProps): VNode | null {
  const ids = rows.filter(canBeEnded).map((row) => row.id);
  const count = ids.length;
  if (count === 0) return null;
  return (
    <Card title="End several at once">
      <p>
        Replies, contacts and break-ins are looked at one by one and have no box. Each message can be opened again on
        its page.
      </p>
      <Form action={listLink(query)} id={FORM} label="End several at once">
        <PageRows ids={ids} />
        <TextInput
          form={form}
          name="outcome"
          label="What was done, or why nothing is to be done"
          maxLength={1_000}
          required
        />
        <ButtonRow>
          <SubmitButton tone="primary" icon="check" name="which" value="ticked">
            Those ticked
          </SubmitButton>
          <SubmitButton tone="secondary" name="which" value="page">
            {count === 1 ? 'The one on this page' : `All ${count} with a box on this page`}
          </SubmitButton>
        </ButtonRow>
      </Form>
    </Card>
  );
}
