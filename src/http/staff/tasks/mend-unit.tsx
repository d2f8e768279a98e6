import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { allows } from '../../../domain/permission.ts';
import { Form, RadioGroup, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import type { Task } from './tasks.tsx';

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/** A unit somebody reported that is not on our list: take it into the field, or say why not. */
export async function unknownUnitMend(ctx: Context, task: Task, form: FormState): Promise<VNode | null> {
  if (task.party_id === null || task.action_id === null) return null;
  const { detail } = task;
  const standalone = detail.reported === 'standalone-instance';
  const serial = text(detail.serial) || text(detail.name);
  const [products, sites, twins] = [
    await ctx.db
      .selectFrom('product as p')
      .select(['p.id', 'p.name'])
      .where('p.id', 'in', (eb) =>
        eb
          .selectFrom('environment as e')
          .innerJoin('action_environment as ae', 'ae.environment_id', 'e.id')
          .select('e.product_id')
          .where('ae.action_id', '=', task.action_id ?? 0),
      )
      .orderBy('p.name')
      .execute(),
    await ctx.db
      .selectFrom('site')
      .select(['id', 'name', 'city'])
      .where('party_id', '=', task.party_id)
      .orderBy('name')
      .limit(200)
      .execute(),
    serial === ''
      ? []
      : await ctx.db
          .selectFrom('unit as u')
          .innerJoin('party as p', 'p.id', 'u.party_id')
          .select(['u.id', 'u.serial', 'p.name as party'])
          .where('u.serial', '=', serial)
          .limit(5)
          .execute(),
  ];
  if (!allows(ctx.actor, 'unit.change')) return null;
  return (
    <>
      {twins.map((twin) => (
        <Alert key={twin.id} tone="attention" title={`${twin.serial} is known already`}>
          <p>
            It is listed at {twin.party}: <a href={`/units/${twin.id}`}>open the unit</a>. Perhaps it moved here.
          </p>
        </Alert>
      ))}
      <Card title="Take it into the field">
        <p>The unit and its corrections are created, and the party owes them from now on.</p>
        <Form action={`/tasks/${task.id}/accept-unit`}>
          <Select
            form={form}
            name="productId"
            label="Product"
            required
            placeholder="Choose…"
            value={
              products.find((row) => String(row.id) === text(detail.product))?.id.toString() ??
              (products.length === 1 ? String(products[0]?.id) : '')
            }
            options={products.map((row) => ({ value: String(row.id), label: row.name }))}
          />
          <Select
            form={form}
            name="siteId"
            label="Site"
            required
            placeholder="Choose…"
            value={sites.length === 1 ? String(sites[0]?.id) : ''}
            options={sites.map((row) => ({
              value: String(row.id),
              label: [row.name, row.city].filter(Boolean).join(', '),
            }))}
          />
          <RadioGroup
            form={form}
            name="unitKind"
            label="What is it?"
            value={standalone ? 'standalone' : text(detail.lot) ? 'lot' : 'serial'}
            inline
            options={[
              { value: 'serial', label: 'An instrument with a serial number' },
              { value: 'standalone', label: 'A standalone computer' },
              { value: 'lot', label: 'A lot' },
            ]}
          />
          <TextInput
            form={form}
            name="serial"
            label="Serial number, lot or name"
            value={serial}
            width={30}
            identifier
            required
          />
          <TextInput form={form} name="quantity" label="Quantity" type="number" value="1" width={8} />
          <TextArea
            form={form}
            name="unitReason"
            label="How do you know it is right?"
            hint="e.g. delivery note 5512, seen in the ERP."
            rows={2}
            required
          />
          <SubmitButton tone="primary" icon="plus">
            Take it into the field
          </SubmitButton>
        </Form>
      </Card>
      <p>Is it none of ours? Dismiss the task below, with the reason.</p>
    </>
  );
}

/** A unit that is not where we thought: it follows its owner, or is gone for good. */
export function movedMend(ctx: Context, task: Task, form: FormState): VNode | null {
  if (task.unit_id === null || !allows(ctx.actor, 'unit.change')) return null;
  const to = text(task.detail['gone-to']);
  return (
    <Card title="Where is it now?">
      {to ? (
        <p>
          The party said: <strong>{to}</strong>.
        </p>
      ) : null}
      <p>
        The unit <Identifier>{task.serial}</Identifier> and its corrections follow. The new party gets the notice.
      </p>
      <Form action={`/tasks/${task.id}/move-unit`}>
        <RadioGroup
          form={form}
          name="to"
          label="Where to?"
          required
          options={[
            { value: 'party', label: 'To a party we know' },
            { value: 'new', label: 'To somebody new' },
            { value: 'scrapped', label: 'Nowhere: it was scrapped' },
          ]}
        />
        <div class="ff-row-fields">
          <TextInput
            form={form}
            name="partyRef"
            label="Number of the party"
            hint="Find it by the search above."
            width={20}
            identifier
          />
          <TextInput
            form={form}
            name="siteRef"
            label="Number of its site"
            hint="If it has several."
            width={20}
            identifier
          />
        </div>
        <div class="ff-row-fields">
          <TextInput form={form} name="newName" label="Name of somebody new" value={to} width={30} />
          <TextInput
            form={form}
            name="country"
            label="Country"
            hint="Two letters, e.g. DE"
            value={task.country ?? ''}
            width={4}
          />
        </div>
        <div class="ff-row-fields">
          <TextInput form={form} name="street" label="Street" width={30} />
          <TextInput form={form} name="postcode" label="Postcode" width={8} />
          <TextInput form={form} name="city" label="City" width={20} />
        </div>
        <TextArea form={form} name="moveReason" label="How do you know?" rows={2} required />
        <SubmitButton tone="primary" icon="truck">
          Move it
        </SubmitButton>
      </Form>
    </Card>
  );
}
