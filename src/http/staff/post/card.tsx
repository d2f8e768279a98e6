/** A letter on paper on its own page: its way through the post, and the right address when it came back. */
import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { mendAddress, mendAddressInput } from '../../../app/post-returns.ts';
import { takeBackReturn, takeBackReturnInput } from '../../../app/post-undo.ts';
import type { DeliveryDetail } from '../../../app/queries/deliveries.ts';
import { loadPostRow, type PostRow } from '../../../app/queries/post.ts';
import { letterReference, postServiceWords, type ReturnReason, returnRules } from '../../../domain/post.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type FormBody, fieldText } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { errorsFromZod, type FormErrors, type FormState } from '../../ui/form.ts';
import { Card, Identifier, KeyValue, More } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Day } from '../../ui/time.tsx';
import { reasonWord } from './list.tsx';

/** The way of a letter through the post; undefined for one that goes otherwise. */
export async function loadPost(ctx: Context, delivery: DeliveryDetail): Promise<PostRow | undefined> {
  if (delivery.channel !== 'post') return undefined;
  const today = ctx.now().toISOString().slice(0, 10);
  return loadPostRow(ctx.db, { actionId: delivery.action_id, today }, delivery.id);
}

/** Whether the envelope said that nobody is known at this address. */
export function isBadAddress(row: PostRow): boolean {
  return Object.hasOwn(returnRules, row.return_reason) && returnRules[row.return_reason as ReturnReason].badAddress;
}

/** Number, carrier, and the days of its way; and taking back a return that was none. */
export function PostCard({ row, actionId, form }: { row: PostRow; actionId: number; form: FormState }): VNode {
  return (
    <Card title="In the post" action={<a href={`/actions/${actionId}/post`}>All letters</a>}>
      <KeyValue
        rows={[
          { label: 'Letter', value: <Identifier>{letterReference(row.id)}</Identifier> },
          { label: 'State', value: <StateBadge kind="post" state={row.post} /> },
          row.service !== null && { label: 'Goes as', value: postServiceWords[row.service] },
          {
            label: 'Tracking number',
            value: row.tracking === '' ? '' : <Identifier>{`${row.tracking} ${row.carrier}`.trim()}</Identifier>,
          },
          { label: 'Handed in', value: row.dispatched_on ? <Day value={row.dispatched_on} /> : '' },
          { label: 'Arrived', value: row.delivered_on ? <Day value={row.delivered_on} /> : '' },
          row.signed_by !== '' && { label: 'Signed by', value: row.signed_by },
          row.returned_on !== null && { label: 'Came back', value: <Day value={row.returned_on} /> },
          row.return_reason !== '' && { label: 'Because', value: reasonWord(row.return_reason) },
        ]}
      />
      {row.post === 'dispatched' || row.post === 'overdue' ? (
        <p>
          <a href={`/actions/${actionId}/post/arrived`}>It has arrived</a> ·{' '}
          <a href={`/actions/${actionId}/post/returned`}>It came back</a>
        </p>
      ) : null}
      {row.post === 'returned' && row.return_reason !== '' ? (
        <More summary="It did not come back" open={form.errors.some((error) => error.field === 'undoReason')}>
          <Form action={`/deliveries/${row.id}/not-returned`} label="It did not come back">
            <TextInput
              form={form}
              name="undoReason"
              label="What happened"
              hint="e.g. another letter was scanned."
              required
            />
            <SubmitButton tone="secondary">Take the return back</SubmitButton>
          </Form>
        </More>
      ) : null}
    </Card>
  );
}

/** The right address of a letter that came back: it goes there at once. */
export function AddressForm({ delivery, form }: { delivery: DeliveryDetail; form: FormState }): VNode {
  return (
    <Card title="Another postal address">
      <Form action={`/deliveries/${delivery.id}/address`} label="Another postal address">
        <TextInput form={form} name="street" label="Street and number" width={30} required />
        <div class="ff-row-fields">
          <TextInput form={form} name="postcode" label="Postcode" width={8} />
          <TextInput form={form} name="city" label="Town" width={20} required />
          <TextInput form={form} name="region" label="Region" hint="State or province." width={12} />
        </div>
        <TextInput
          form={form}
          name="addressReason"
          label="How do you know?"
          hint="e.g. the sticker of the post, a call."
          width={30}
          required
        />
        <SubmitButton tone="primary" icon="mail">
          Send it there
        </SubmitButton>
      </Form>
    </Card>
  );
}

/** Takes the form of {@link AddressForm}: the letter that goes now, or what is wrong. */
export async function takeAddress(
  ctx: Context,
  deliveryId: number,
  body: FormBody,
): Promise<{ deliveryId: number } | { errors: FormErrors }> {
  const nameOf = (path: string): string => (path === 'reason' ? 'addressReason' : path);
  const input = mendAddressInput.safeParse({
    street: fieldText(body, 'street'),
    postcode: fieldText(body, 'postcode'),
    city: fieldText(body, 'city'),
    region: fieldText(body, 'region'),
    reason: fieldText(body, 'addressReason'),
  });
  if (!input.success) return { errors: errorsFromZod(input.error, nameOf) };
  const done = await mendAddress(ctx, deliveryId, input.data);
  return isRefusal(done) ? { errors: [refusalError(done)] } : done;
}

/** Takes the form of a return that was none: done, or what is wrong. */
export async function takeUndo(
  ctx: Context,
  deliveryId: number,
  body: FormBody,
): Promise<{ id: number } | { errors: FormErrors }> {
  const input = takeBackReturnInput.safeParse({ reason: fieldText(body, 'undoReason') });
  if (!input.success) return { errors: errorsFromZod(input.error, () => 'undoReason') };
  const done = await takeBackReturn(ctx, deliveryId, input.data);
  return isRefusal(done) ? { errors: [refusalError(done)] } : done;
}
