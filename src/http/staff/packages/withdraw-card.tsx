import type { VNode } from 'preact';
import type { PackageDetail } from '../../../app/queries/packages.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { Checkbox, Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Card, More } from '../../ui/parts.tsx';

/** The emergency brake: says what it does, asks why and for a tick, because nothing undoes it. */
export function WithdrawCard({
  c,
  row,
  form,
}: {
  c: C;
  row: PackageDetail;
  form?: FormState | undefined;
}): VNode | null {
  if (row.state === 'withdrawn')
    return (
      <Card title="Still out there">
        <p>
          Whoever has it was written to. <a href={`/kits?package=${row.id}&attention=withdrawn`}>Kits that hold it</a>{' '}
          are asked back, and stay on that list until each is accounted for.
        </p>
      </Card>
    );
  if (!allows(c.get('ctx').actor, 'package.withdraw')) return null;
  const holders = row.holders === 1 ? 'The one contact who has it is' : `The ${row.holders} contacts who have it are`;
  if (row.state === 'draft') {
    // Nobody can have it: the brake is only the way out of a mistake.
    return (
      <More summary="Give this draft up" open={(form?.errors.length ?? 0) > 0}>
        <WithdrawForm row={row} form={form} />
      </More>
    );
  }
  return (
    <Card title="Withdraw" id="withdraw">
      <p>
        Downloads stop at once, those under way too. {row.holders > 0 ? `${holders} written to. ` : ''}It cannot be
        undone: a package that is right after all is a new version.
      </p>
      <WithdrawForm row={row} form={form} />
    </Card>
  );
}

function WithdrawForm({ row, form }: { row: PackageDetail; form: FormState | undefined }): VNode {
  return (
    <Form action={`/packages/${row.id}/withdraw`}>
      <TextArea
        form={form}
        name="reason"
        label="Why"
        hint="Those who have the file read it."
        rows={3}
        maxLength={1000}
        required
      />
      <Checkbox form={form} name="sure" label="Yes, withdraw it" required />
      <SubmitButton tone="danger" icon="hand-stop">
        Withdraw the package
      </SubmitButton>
    </Form>
  );
}
