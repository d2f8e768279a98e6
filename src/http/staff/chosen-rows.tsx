/** Choosing rows of a list for a form below it: a tick box before each, or the page as it was shown. */
import type { VNode } from 'preact';
import { HiddenInput } from '../ui/field.tsx';

const NUMBER = /^[1-9]\d{0,14}$/;

export type RowBoxProps = { form: string; id: number; label: string; checked?: boolean };

/** The tick box of a row, in the cell of a table; `form` is the id of the form below the list. */
export function RowBox({ form, id, label, checked }: RowBoxProps): VNode {
  return (
    <span class="ff-choice">
      <input
        class="form-check-input"
        type="checkbox"
        form={form}
        name="row"
        value={id}
        checked={checked}
        aria-label={label}
      />
    </span>
  );
}

/** In the form: the rows of the page, so that “all on this page” are those somebody saw. */
export function PageRows({ ids }: { ids: readonly number[] }): VNode {
  return <HiddenInput name="rows" value={ids.join(',')} />;
}

/** The rows that were chosen, each once: those ticked, or with `which=page` those of the page. */
export function chosenRows(sent: { which: string; rows: string; row: readonly string[] }): number[] {
  const texts = sent.which === 'page' ? sent.rows.split(',') : sent.row;
  return [...new Set(texts.filter((text) => NUMBER.test(text)).map(Number))];
}
