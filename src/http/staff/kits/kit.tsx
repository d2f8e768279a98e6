import type { VNode } from 'preact';
import { makeKitFile } from '../../../app/kit-files.ts';
import { moveKit, moveKitInput, undoKitMove, undoKitMoveInput } from '../../../app/kit-moves.ts';
import { prepareKit } from '../../../app/kits.ts';
import type { KitPage } from '../../../app/queries/kits.ts';
import { readRootFingerprint } from '../../../app/trust-kit.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { kitAnswer } from '../../kit-answer.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { withKit } from './find.ts';
import { NextCard } from './next-card.tsx';

/** GET /kits/:id */
export function showKit(c: C): Promise<Response> {
  return withKit(c, (kit) => kitPage(c, kit, freshForm(), 200));
}

async function kitPage(c: C, kit: KitPage, form: FormState, status: 200 | 422): Promise<Response> {
  const prepared = kit.prepared_at !== null && kit.state !== 'cancelled';
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={`Kit ${kit.id}`}
      lede={
        <>
          {kit.remedy} for <a href={`/parties/${kit.party_id}`}>{kit.party}</a>
        </>
      }
      crumbs={[{ href: '/kits', label: 'Kits' }]}
      state={
        <>
          <StateBadge kind="kit" state={kit.state} />{' '}
          {kit.overdue ? (
            <Badge tone="amber" icon="clock">
              for longer than it should be
            </Badge>
          ) : null}
        </>
      }
      errors={form.errors}
    >
      {kit.withdrawn && kit.state !== 'prepared' ? (
        <Alert tone="danger" title="Its package is withdrawn">
          <p>
            {kit.contact_email
              ? 'They were written to, and asked to send the kit back or destroy it.'
              : 'They have no e-mail address: call them.'}{' '}
            Say here what became of it.
          </p>
        </Alert>
      ) : null}
      <Columns weight="main-side">
        <div>
          <Card title="What it is for" flush>
            <DataTable
              caption="Corrections with a ticket in this kit"
              columns={[
                { key: 'serial', title: 'Unit', cell: (row) => <Identifier>{row.serial}</Identifier>, rowHeader: true },
                { key: 'product', title: 'Product', cell: (row) => row.product },
                { key: 'environment', title: 'Environment', cell: (row) => row.environment },
                { key: 'state', title: 'State', cell: (row) => <StateBadge kind="correction" state={row.state} /> },
              ]}
              rows={kit.corrections}
              rowKey={(row) => String(row.id)}
              rowHref={(row) => `/corrections/${row.id}`}
              empty={{ title: '', text: '' }}
            />
          </Card>
          <AddressCard kit={kit} />
        </div>
        <div>
          <NextCard kit={kit} form={form} />
          {prepared ? <FileCard kit={kit} fingerprint={await readRootFingerprint(c.get('ctx').db)} /> : null}
          <AboutCard kit={kit} />
        </div>
      </Columns>
    </DeskPage>,
    status,
  );
}

function AddressCard({ kit }: { kit: KitPage }): VNode {
  const { ship_to: to } = kit;
  const lines = [to.name, to.attention, to.street, [to.postcode, to.city].filter(Boolean).join(' '), to.region];
  const open = kit.state === 'requested' || kit.state === 'prepared';
  return (
    <Card
      title={kit.way === 'visit' ? 'Where the engineer goes' : 'Where it goes'}
      action={open ? <a href={`/kits/${kit.id}/change`}>Change</a> : undefined}
    >
      {to.street && to.city ? null : (
        <Alert tone="attention">
          <p>The address is not complete: ask them, and fill it in.</p>
        </Alert>
      )}
      <address>
        {lines.filter(Boolean).map((line) => (
          <div key={line}>{line}</div>
        ))}
        {to.country ? <div>{countryName(to.country, 'en')}</div> : null}
      </address>
      {to.phone ? <p>Telephone: {to.phone}</p> : null}
      {kit.note === '' ? null : <blockquote class="ff-signature">{kit.note}</blockquote>}
    </Card>
  );
}

function FileCard({ kit, fingerprint = '–' }: { kit: KitPage; fingerprint: string | undefined }): VNode {
  return (
    <Card title="File">
      <p>
        <LinkButton href={`/kits/${kit.id}/file`} icon="download" tone="primary">
          Save the ZIP
        </LinkButton>
      </p>
      <p class="ff-hint">
        Unpack it on a stick. It comes out the same each time; <code>SHA256SUMS.txt</code> in it lists every file. Its
        tickets are keys: give it to nobody else.
      </p>
      <KeyValue
        rows={[
          { label: 'Contents, SHA-256', value: <Identifier>{kit.contents_sha256.slice(0, 16)}…</Identifier> },
          {
            label: 'Fingerprint of the metadata, as the verifier shows it',
            value: <Identifier>{fingerprint}</Identifier>,
          },
          {
            label: 'Languages',
            value: kit.papers?.languages.join(', ') ?? kit.language,
          },
        ]}
      />
    </Card>
  );
}

function AboutCard({ kit }: { kit: KitPage }): VNode {
  return (
    <Card title="About">
      <KeyValue
        rows={[
          { label: 'Action', value: kit.reference, href: `/actions/${kit.action_id}` },
          kit.contact !== null && { label: 'For', value: kit.contact, href: `/contacts/${kit.contact_id}` },
          kit.file !== null && {
            label: 'Package',
            value: `${kit.file} ${kit.version ?? ''}`,
            href: `/packages/${kit.package_id}`,
          },
          kit.carrier !== '' && { label: kit.way === 'visit' ? 'Engineer' : 'Carrier', value: kit.carrier },
          kit.tracking !== '' && { label: 'Tracking', value: <Identifier>{kit.tracking}</Identifier> },
          kit.visit_on !== null && { label: 'Visit', value: <Day value={kit.visit_on} /> },
          { label: 'Asked for', value: <Moment at={kit.requested_at} /> },
          { label: 'By', value: kit.requested_by },
          kit.shipped_at !== null && { label: 'Left', value: <Moment at={kit.shipped_at} /> },
          kit.received_at !== null && { label: 'Received', value: <Moment at={kit.received_at} /> },
          kit.ended_at !== null && { label: 'Accounted for', value: <Moment at={kit.ended_at} /> },
          kit.good_until !== null && {
            label: 'Good until',
            value: <Day value={kit.good_until.toISOString().slice(0, 10)} />,
          },
        ]}
      />
    </Card>
  );
}

/** POST /kits/:id/prepare */
export function postPrepare(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const again = fieldText(await readForm(c), 'again') === 'yes';
    const done = await prepareKit(c.get('ctx'), kit.id, { again });
    if (isRefusal(done)) return kitPage(c, kit, refusedForm({}, [refusalError(done)]), 422);
    setFlash(c, { tone: 'done', text: 'The kit is prepared.' });
    return seeOther(c, `/kits/${kit.id}`);
  });
}

/** POST /kits/:id/move */
export function postMove(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const body = await readForm(c);
    const day = fieldText(body, 'visitOn').trim();
    const visitOn = day === '' ? null : parseTypedDate(day);
    if (visitOn === undefined)
      return kitPage(c, kit, refusedForm(body, [{ field: 'visitOn', message: 'This is no day.' }]), 422);
    const input = moveKitInput.safeParse({
      to: fieldText(body, 'to'),
      carrier: fieldText(body, 'carrier'),
      tracking: fieldText(body, 'tracking'),
      visitOn,
    });
    if (!input.success) return kitPage(c, kit, refusedForm(body, errorsFromZod(input.error)), 422);
    const moved = await moveKit(c.get('ctx'), kit.id, input.data);
    if (isRefusal(moved)) return kitPage(c, kit, refusedForm(body, [refusalError(moved)]), 422);
    setFlash(c, { tone: 'done', text: `Kit ${kit.id} is ${moved.state}.` });
    return seeOther(c, `/kits/${kit.id}`);
  });
}

/** POST /kits/:id/undo */
export function postUndo(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const body = await readForm(c);
    const input = undoKitMoveInput.safeParse({ reason: fieldText(body, 'reason') });
    if (!input.success) return kitPage(c, kit, refusedForm(body, errorsFromZod(input.error)), 422);
    const undone = await undoKitMove(c.get('ctx'), kit.id, input.data);
    if (isRefusal(undone)) return kitPage(c, kit, refusedForm(body, [refusalError(undone)]), 422);
    setFlash(c, { tone: 'done', text: `Kit ${kit.id} is ${undone.state} again.` });
    return seeOther(c, `/kits/${kit.id}`);
  });
}

/** GET /kits/:id/file: the ZIP, as it is made. */
export function getKitFile(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const file = await makeKitFile(c.get('ctx'), kit.id);
    return isRefusal(file) ? answerRefusal(c, file, `/kits/${kit.id}`) : kitAnswer(file);
  });
}
