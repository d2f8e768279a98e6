/** What can become of a kit from where it is: the next steps, each its own form, and the last one taken back. */
import type { VNode } from 'preact';
import type { KitPage } from '../../../app/queries/kits.ts';
import { KIT_DAYS, type KitState, kitMoves, stateBefore } from '../../../domain/kit.ts';
import { DateInput, Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card, More } from '../../ui/parts.tsx';

const moveWords: Readonly<Record<KitState, string>> = {
  requested: '',
  prepared: 'Prepare it',
  shipped: 'It is on its way',
  received: 'It was received',
  returned: 'It came back',
  destroyed: 'It was destroyed',
  cancelled: 'Cancel it',
};

export function NextCard({ kit, form }: { kit: KitPage; form: FormState }): VNode | null {
  const moves = kitMoves[kit.state];
  const before = stateBefore(kit);
  if (moves.length === 0 && before === undefined) return null;
  return (
    <Card title="Next">
      {kit.state === 'prepared' && kit.package_state === 'withdrawn' ? (
        <Alert tone="danger" title="Its package is withdrawn">
          <p>It cannot leave. Prepare it again with the package that replaces it, or cancel it.</p>
        </Alert>
      ) : null}
      {moves.map((to) => (
        <div key={to} class="mb-3">
          <Move kit={kit} to={to} form={form} />
        </div>
      ))}
      {kit.state === 'prepared' ? (
        <Form action={`/kits/${kit.id}/prepare`}>
          <HiddenInput name="again" value="yes" />
          <SubmitButton tone="secondary">Prepare it again</SubmitButton>
          <p class="ff-hint">With the newest package, good for {KIT_DAYS} days from today. Throw the old stick away.</p>
        </Form>
      ) : null}
      {before ? <Undo kit={kit} before={before} form={form} /> : null}
    </Card>
  );
}

function Move({ kit, to, form }: { kit: KitPage; to: KitState; form: FormState }): VNode {
  if (to === 'prepared')
    return (
      <Form action={`/kits/${kit.id}/prepare`}>
        <p>Takes the newest released package, makes a ticket for each correction and the papers.</p>
        <SubmitButton>Prepare it</SubmitButton>
      </Form>
    );
  return (
    <Form action={`/kits/${kit.id}/move`}>
      <HiddenInput name="to" value={to} />
      {to === 'shipped' ? <Shipping kit={kit} form={form} /> : null}
      <SubmitButton tone={to === 'shipped' || to === 'received' ? 'primary' : 'secondary'}>
        {moveWords[to]}
      </SubmitButton>
    </Form>
  );
}

/** Who carries it: the post with a number, or an engineer on a day. */
function Shipping({ kit, form }: { kit: KitPage; form: FormState }): VNode {
  if (kit.way === 'visit')
    return (
      <>
        <TextInput form={form} name="carrier" label="Engineer" hint="Who brings it and installs it." required />
        <DateInput form={form} name="visitOn" label="Day of the visit" />
      </>
    );
  return (
    <>
      <TextInput form={form} name="carrier" label="Carrier" hint="The post, or a courier." required />
      <TextInput
        form={form}
        name="tracking"
        label="Tracking number"
        hint="Or the address of the carrier’s page: the recipient reads it as text."
        identifier
      />
      <p>
        <LinkButton href={`/kits/print?kit=${kit.id}&what=slips`} icon="printer">
          Packing slip
        </LinkButton>{' '}
        <LinkButton href={`/kits/print?kit=${kit.id}&what=labels`} icon="printer">
          Address label
        </LinkButton>
      </p>
    </>
  );
}

function Undo({ kit, before, form }: { kit: KitPage; before: KitState; form: FormState }): VNode {
  return (
    <More summary={`This was a mistake: back to ${before}`} open={form.errors.some((one) => one.field === 'reason')}>
      <Form action={`/kits/${kit.id}/undo`}>
        <TextInput form={form} name="reason" label="What was wrong" maxLength={500} required />
        <SubmitButton tone="secondary">Take it back</SubmitButton>
      </Form>
    </More>
  );
}
