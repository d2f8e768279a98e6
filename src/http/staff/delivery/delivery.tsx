import type { VNode } from 'preact';
import { otherContacts, recordBounce, recordBounceInput } from '../../../app/delivery-bounces.ts';
import { markHandled, markHandledInput } from '../../../app/delivery-post.ts';
import { resolveBounce, resolveBounceInput } from '../../../app/delivery-redirect.ts';
import { renewLink, renewLinkInput, revokeLink, revokeLinkInput } from '../../../app/links.ts';
import { type DeliveryDetail, loadDelivery } from '../../../app/queries/deliveries.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { countryName, languageName } from '../../translate.ts';
import { Form, LinkButton, RadioGroup, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Ladder, type Rung, StateBadge } from '../../ui/state.tsx';
import { Moment, Timeline } from '../../ui/time.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { AddressForm, isBadAddress, loadPost, PostCard, takeAddress, takeUndo } from '../post/card.tsx';
import { shellOf } from '../shell.ts';
import { capital, taskTitle } from '../words.ts';
import { PaperFormCard } from './paper-form.tsx';
import { attemptWords, channelWords, kindWords } from './words.ts';

async function withDelivery(c: C, page: (delivery: DeliveryDetail) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const delivery = id === undefined ? undefined : await loadDelivery(c.get('ctx').db, id);
  if (!delivery) return answerRefusal(c, refuse('delivery.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  return page(delivery);
}

/** GET /deliveries/:id: one letter, its tries, and how far up the ladder of evidence it came. */
export function showDelivery(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => html(c, await deliveryPage(c, delivery, freshForm())));
}

async function deliveryPage(c: C, delivery: DeliveryDetail, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const mayWork = allows(ctx.actor, 'task.work');
  const returned = delivery.state === 'bounced' || delivery.state === 'failed';
  const post = await loadPost(ctx, delivery);
  const others = returned ? await otherContacts(ctx.db, delivery.party_id, delivery.contact_id) : [];
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`${kindWords[delivery.kind] ?? delivery.kind} to ${delivery.contact ?? delivery.address}`}
      crumbs={[
        { href: `/actions/${delivery.action_id}`, label: delivery.reference },
        { href: `/actions/${delivery.action_id}/deliveries`, label: 'Deliveries' },
      ]}
      lede={delivery.party_id ? <a href={`/parties/${delivery.party_id}`}>{delivery.party}</a> : undefined}
      state={<StateBadge kind="delivery" state={delivery.state} />}
      errors={form.errors}
      next={nextSteps(delivery)}
      actions={
        <>
          <LinkButton href={`/deliveries/${delivery.id}/letter`} icon="file-text">
            Read the letter
          </LinkButton>
          {delivery.mailbox_id ? (
            <LinkButton href={`/mailbox/${delivery.mailbox_id}`} icon="mail">
              In the mailbox
            </LinkButton>
          ) : null}
        </>
      }
    >
      <Columns weight="main-side">
        <div>
          <Card title="How far it came">
            <Ladder label="Evidence that somebody knows" rungs={rungsOf(delivery)} />
          </Card>
          {returned && delivery.contact_id !== null ? (
            <AnotherWay
              delivery={delivery}
              others={others}
              form={form}
              badAddress={post ? isBadAddress(post) : false}
            />
          ) : null}
          {returned &&
          delivery.channel === 'post' &&
          delivery.contact_id !== null &&
          allows(ctx.actor, 'party.change') ? (
            <AddressForm delivery={delivery} form={form} />
          ) : null}
          {delivery.channel !== 'email' && delivery.state === 'queued' ? (
            <ByHand delivery={delivery} form={form} />
          ) : null}
          <Card title="What was tried">
            <Timeline
              entries={delivery.tries.map((attempt) => ({
                key: String(attempt.id),
                at: attempt.at,
                text: `${attempt.number}. ${attemptWords[attempt.outcome] ?? attempt.outcome}`,
                detail: attempt.detail,
              }))}
              empty={
                delivery.channel === 'email'
                  ? 'Nothing yet: it leaves when it falls due.'
                  : 'Nothing yet: somebody has to do it.'
              }
            />
            {delivery.next_attempt_at && delivery.attempts > 0 ? (
              <p>
                Tried again at <Moment at={delivery.next_attempt_at} />
                {delivery.delivery_state === 'paused' ? ', once sending is resumed' : ''}.
              </p>
            ) : null}
          </Card>
          {mayWork && ['sent', 'delivered', 'opened', 'unsure'].includes(delivery.state) ? (
            <CameBack delivery={delivery} form={form} />
          ) : null}
        </div>
        <div>
          {post ? <PostCard row={post} actionId={delivery.action_id} form={form} /> : null}
          {delivery.link_id !== null && allows(ctx.actor, 'contact.change') ? (
            <PersonalLink delivery={delivery} form={form} />
          ) : null}
          {delivery.contact_id !== null && delivery.kind !== 'test' ? (
            <PaperFormCard
              actionId={delivery.action_id}
              contacts={[{ id: delivery.contact_id, name: delivery.contact ?? '' }]}
              deliveryId={delivery.id}
              language={delivery.languages[0]}
            />
          ) : null}
          <Card title="About">
            <KeyValue
              rows={[
                {
                  label: 'Address',
                  value: <Identifier>{delivery.address.replaceAll('\n', ', ') || 'none'}</Identifier>,
                },
                { label: 'By', value: channelWords[delivery.channel] },
                {
                  label: 'Languages',
                  value: delivery.languages.map((language) => languageName(language, 'en')).join(', '),
                },
                { label: 'Variant', value: audienceWords[delivery.variant] ?? delivery.variant },
                { label: 'Country', value: delivery.country ? countryName(delivery.country, 'en') : '' },
                { label: 'Since', value: <Moment at={delivery.state_since} /> },
                delivery.detail !== '' && { label: 'Detail', value: delivery.detail },
                { label: 'Message-ID', value: <Identifier>{delivery.message_id}</Identifier> },
                delivery.contact_status !== null && {
                  label: 'Contact',
                  value: <StateBadge kind="contact" state={delivery.contact_status} />,
                },
                ...delivery.tasks.map((task) => ({
                  label: 'Task',
                  value: `${taskTitle(task.kind)} (${task.state})`,
                  href: `/tasks/${task.id}`,
                })),
              ]}
            />
          </Card>
        </div>
      </Columns>
    </DeskPage>
  );
}

function nextSteps(delivery: DeliveryDetail): NextStep[] {
  if (delivery.state === 'unsure') {
    return [
      {
        text: 'Nobody knows whether this letter left',
        href: `/actions/${delivery.action_id}/unsure`,
        label: 'Settle it',
        tone: 'attention',
      },
    ];
  }
  if (delivery.state === 'bounced')
    return [{ text: 'This letter came back. Find another way below.', tone: 'attention' }];
  if (delivery.state === 'failed')
    return [{ text: `This letter could not be sent: ${delivery.detail}. Find another way below.`, tone: 'attention' }];
  return [];
}

/** Queued → taken by the mail server → opened by a person → receipt confirmed. */
function rungsOf(delivery: DeliveryDetail): Rung[] {
  const left = delivery.tries.find((attempt) => ['accepted', 'posted', 'telephoned'].includes(attempt.outcome));
  const arrived = delivery.tries.findLast((attempt) => attempt.outcome === 'delivered');
  const settled = !left && ['sent', 'delivered', 'opened'].includes(delivery.state);
  const rung = (label: string, at: Date | null | undefined, evidence: string): Rung => ({
    label,
    at: at ? 'done' : 'open',
    ...(at ? { evidence } : {}),
  });
  const moment = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ');
  const opened = delivery.opened_at;
  return [
    { label: 'Written', at: 'done', evidence: `${moment(delivery.created_at)} UTC` },
    rung(
      delivery.channel === 'post'
        ? 'Put into the post'
        : delivery.channel === 'phone'
          ? 'Told by telephone'
          : 'Taken by the mail server',
      left?.at ?? (settled ? delivery.state_since : null),
      left ? `${moment(left.at)} UTC: ${left.detail}` : delivery.detail,
    ),
    ...(arrived ? [rung('Arrived', arrived.at, `${moment(arrived.at)} UTC: ${arrived.detail}`)] : []),
    rung('Opened by a person', opened, opened ? `${moment(opened)} UTC, by the button on the personal page` : ''),
    rung('Receipt confirmed', delivery.received_at, delivery.received_at ? `${moment(delivery.received_at)} UTC` : ''),
  ];
}

function CameBack({ delivery, form }: { delivery: DeliveryDetail; form: FormState }): VNode {
  return (
    <Card title="Did it come back?">
      <Form action={`/deliveries/${delivery.id}/bounce`}>
        <RadioGroup
          form={form}
          name="kind"
          label="For good?"
          value="hard"
          options={[
            { value: 'hard', label: 'Yes: this address does not work' },
            { value: 'soft', label: 'No: the mailbox was full, or the like' },
          ]}
        />
        <TextArea form={form} name="detail" label="What the returned letter says" rows={2} required />
        <SubmitButton tone="secondary">Record that it came back</SubmitButton>
      </Form>
    </Card>
  );
}

type Other = Awaited<ReturnType<typeof otherContacts>>[number];

function AnotherWay({
  delivery,
  others,
  form,
  badAddress,
}: {
  delivery: DeliveryDetail;
  others: Other[];
  form: FormState;
  /** Nobody is known at the postal address. */
  badAddress: boolean;
}): VNode {
  return (
    <Card title="Find another way">
      <Form action={`/deliveries/${delivery.id}/resolve`}>
        <RadioGroup
          form={form}
          name="way"
          label="Who gets the letter now?"
          required
          options={[
            ...others.map((other) => ({
              value: `contact-${other.id}`,
              label: `${other.name}, ${other.role}`,
              hint: other.channel === 'email' ? other.email : other.phone,
            })),
            { value: 'correct', label: `${delivery.contact ?? 'The same contact'}, at another e-mail address` },
            { value: 'new', label: 'Somebody new' },
            ...(badAddress
              ? []
              : [
                  {
                    value: 'post',
                    label: delivery.channel === 'post' ? 'The same address once more' : 'The same contact, by post',
                  },
                ]),
            ...(delivery.state === 'failed' || delivery.channel === 'email'
              ? [{ value: 'again', label: 'The same address once more' }]
              : []),
          ]}
        />
        <TextInput
          form={form}
          name="email"
          label="E-mail address"
          hint="For another address or somebody new."
          type="email"
          width={30}
        />
        <TextInput form={form} name="name" label="Name" hint="For somebody new: a person or an office." width={30} />
        <SubmitButton tone="primary">Send the letter this way</SubmitButton>
      </Form>
    </Card>
  );
}

function ByHand({ delivery, form }: { delivery: DeliveryDetail; form: FormState }): VNode {
  const post = delivery.channel === 'post';
  return (
    <Card title={post ? 'Print and post it' : 'Telephone, and read it out'}>
      {post ? (
        <p>
          <LinkButton href={`/deliveries/${delivery.id}/letter.pdf`} icon="printer">
            Letter to print
          </LinkButton>
        </p>
      ) : (
        <p>
          Call <a href={`tel:${delivery.address.replace(/[^+\d]/g, '')}`}>{delivery.address}</a>, read out the{' '}
          <a href={`/deliveries/${delivery.id}/letter`}>letter</a>, and confirm the call in writing.
        </p>
      )}
      <Form action={`/deliveries/${delivery.id}/handled`}>
        {post ? (
          <TextInput
            form={form}
            name="tracking"
            label="Tracking number"
            hint="If there is one."
            width={20}
            identifier
          />
        ) : null}
        <TextArea form={form} name="note" label={post ? 'Note' : 'Who was told, and what was said'} rows={2} />
        <SubmitButton tone="primary">{post ? 'It is in the post' : 'This contact was told'}</SubmitButton>
      </Form>
    </Card>
  );
}

/** The link in the letter: whether it opens, and closing it or opening it again. */
function PersonalLink({ delivery, form }: { delivery: DeliveryDetail; form: FormState }): VNode {
  const closed = delivery.revoked_at !== null;
  return (
    <Card title="Personal link">
      <p>
        {closed ? (
          <>
            Closed on <Moment at={delivery.revoked_at} />: {delivery.revoked_reason}
          </>
        ) : (
          <>
            Opens the party’s page until <Moment at={delivery.expires_at} />.
          </>
        )}
      </p>
      <Form action={`/deliveries/${delivery.id}/link`}>
        <TextInput
          form={form}
          name="linkReason"
          label={closed ? 'Why it is opened again' : 'Why it is closed'}
          required
          width={30}
        />
        <SubmitButton tone="quiet" name="command" value={closed ? 'renew' : 'revoke'}>
          {closed ? 'Open it again' : 'Close it'}
        </SubmitButton>
      </Form>
    </Card>
  );
}

/** POST /deliveries/:id/link */
export function postLink(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => {
    const body = await readForm(c);
    const renew = fieldText(body, 'command') === 'renew';
    const input = (renew ? renewLinkInput : revokeLinkInput).safeParse({ reason: fieldText(body, 'linkReason') });
    if (!input.success) {
      const errors = [{ field: 'linkReason', message: 'Write why: it stands in the history.' }];
      return html(c, await deliveryPage(c, delivery, refusedForm(body, errors)), 422);
    }
    const change = renew ? renewLink : revokeLink;
    const result = await change(c.get('ctx'), delivery.link_id ?? 0, input.data);
    if (isRefusal(result))
      return html(c, await deliveryPage(c, delivery, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: renew ? 'The link opens again, for two years.' : 'The link is closed.' });
    return seeOther(c, `/deliveries/${delivery.id}`);
  });
}

/** POST /deliveries/:id/bounce */
export function postBounce(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => {
    const body = await readForm(c);
    const input = recordBounceInput.safeParse({
      deliveryId: delivery.id,
      kind: fieldText(body, 'kind') || 'hard',
      detail: fieldText(body, 'detail'),
    });
    if (!input.success)
      return html(c, await deliveryPage(c, delivery, refusedForm(body, errorsFromZod(input.error))), 422);
    const result = await recordBounce(c.get('ctx'), input.data);
    if (isRefusal(result))
      return html(c, await deliveryPage(c, delivery, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: 'Recorded, and a task opened. Find another way below.' });
    return seeOther(c, `/deliveries/${delivery.id}`);
  });
}

/** POST /deliveries/:id/resolve */
export function postResolve(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => {
    const body = await readForm(c);
    const way = fieldText(body, 'way');
    const contactId = /^contact-(\d{1,15})$/.exec(way)?.[1];
    const input = resolveBounceInput.safeParse(
      contactId
        ? { how: 'contact', contactId: Number(contactId) }
        : { how: way, email: fieldText(body, 'email'), name: fieldText(body, 'name') },
    );
    if (!input.success) {
      const errors =
        way === ''
          ? [{ field: 'way', message: 'Choose who gets the letter now.' }]
          : errorsFromZod(input.error, (path) => (path === 'how' ? 'way' : path));
      return html(c, await deliveryPage(c, delivery, refusedForm(body, errors)), 422);
    }
    const result = await resolveBounce(c.get('ctx'), delivery.id, input.data);
    if (isRefusal(result)) {
      const error = refusalError(result);
      const field = error.field === 'contactId' || error.field === 'how' ? 'way' : error.field;
      return html(c, await deliveryPage(c, delivery, refusedForm(body, [{ ...error, field }])), 422);
    }
    setFlash(c, { tone: 'done', text: 'The letter is on its way again.' });
    return seeOther(c, `/deliveries/${result.deliveryId}`);
  });
}

/** POST /deliveries/:id/address: the right address of a letter on paper that came back. */
export function postAddressMend(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => {
    const body = await readForm(c);
    const done = await takeAddress(c.get('ctx'), delivery.id, body);
    if ('errors' in done) return html(c, await deliveryPage(c, delivery, refusedForm(body, done.errors)), 422);
    setFlash(c, { tone: 'done', text: 'The address is put right, and the letter waits to be printed.' });
    return seeOther(c, `/deliveries/${done.deliveryId}`);
  });
}

/** POST /deliveries/:id/not-returned: a letter on paper that did not come back after all. */
export function postNotReturned(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => {
    const body = await readForm(c);
    const done = await takeUndo(c.get('ctx'), delivery.id, body);
    if ('errors' in done) return html(c, await deliveryPage(c, delivery, refusedForm(body, done.errors)), 422);
    setFlash(c, { tone: 'done', text: 'The letter is on its way again, and its task is dismissed.' });
    return seeOther(c, `/deliveries/${delivery.id}`);
  });
}

/** POST /deliveries/:id/handled */
export function postHandled(c: C): Promise<Response> {
  return withDelivery(c, async (delivery) => {
    const body = await readForm(c);
    const input = markHandledInput.safeParse({
      deliveryIds: [delivery.id],
      tracking: fieldText(body, 'tracking'),
      note: fieldText(body, 'note'),
    });
    if (!input.success)
      return html(c, await deliveryPage(c, delivery, refusedForm(body, errorsFromZod(input.error))), 422);
    const result = await markHandled(c.get('ctx'), delivery.action_id, input.data);
    if (isRefusal(result))
      return html(c, await deliveryPage(c, delivery, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: capital(`${kindWords[delivery.kind] ?? 'letter'} recorded as sent.`) });
    return seeOther(c, `/deliveries/${delivery.id}`);
  });
}
