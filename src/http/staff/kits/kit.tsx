import type { VNode } from 'preact';
import { makeKitFile } from '../../../app/kit-files.ts';
import { moveKit, moveKitInput, prepareKit } from '../../../app/kits.ts';
import { type KitPage, loadKit } from '../../../app/queries/kits.ts';
import { type KitState, kitMoves } from '../../../domain/kit.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { kitAnswer } from '../../kit-answer.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';

async function withKit(c: C, page: (kit: KitPage) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const kit = id === undefined ? undefined : await loadKit(c.get('ctx').db, id);
  return kit ? page(kit) : answerRefusal(c, refuse('kit.unknown', { id: id ?? 0 }), '/kits');
}

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
      state={<StateBadge kind="kit" state={kit.state} />}
      errors={form.errors}
    >
      <Columns weight="main-side">
        <div>
          <Card title="What it is for" flush>
            <DataTable
              caption="Corrections with a ticket in this kit"
              columns={[
                { key: 'serial', title: 'Unit', cell: (row) => <Identifier>{row.serial}</Identifier>, rowHeader: true },
                { key: 'environment', title: 'Environment', cell: (row) => row.environment },
                { key: 'state', title: 'State', cell: (row) => <StateBadge kind="correction" state={row.state} /> },
              ]}
              rows={kit.corrections}
              rowKey={(row) => String(row.id)}
              rowHref={(row) => `/corrections/${row.id}`}
              empty={{ title: '', text: '' }}
            />
          </Card>
        </div>
        <div>
          <Next kit={kit} form={form} />
          {prepared ? (
            <Card title="File">
              <p>
                <LinkButton href={`/kits/${kit.id}/file`} icon="download" tone="primary">
                  Save the ZIP
                </LinkButton>
              </p>
              <p class="ff-hint">
                Unpack it on a stick. It comes out the same each time. Its tickets are keys: give it to nobody else.
              </p>
            </Card>
          ) : null}
          <Card title="About">
            <KeyValue
              rows={[
                { label: 'Action', value: kit.reference, href: `/actions/${kit.action_id}` },
                kit.file !== null && { label: 'Package', value: `${kit.file} ${kit.version ?? ''}` },
                { label: 'Language', value: kit.language },
                { label: 'Asked for', value: <Moment at={kit.requested_at} /> },
                { label: 'By', value: kit.requested_by },
                kit.note !== '' && { label: 'Note', value: kit.note },
                kit.good_until !== null && {
                  label: 'Good until',
                  value: <Day value={kit.good_until.toISOString().slice(0, 10)} />,
                },
                kit.carrier !== '' && { label: 'Carrier', value: kit.carrier },
                kit.tracking !== '' && { label: 'Tracking', value: <Identifier>{kit.tracking}</Identifier> },
              ]}
            />
          </Card>
        </div>
      </Columns>
    </DeskPage>,
    status,
  );
}

const moveWords: Readonly<Record<KitState, string>> = {
  requested: '',
  prepared: 'Prepare it',
  shipped: 'It is on its way',
  received: 'It was received',
  returned: 'It came back',
  destroyed: 'It was destroyed',
  cancelled: 'Cancel it',
};

/** What can become of it from here. */
function Next({ kit, form }: { kit: KitPage; form: FormState }): VNode | null {
  const moves = kitMoves[kit.state];
  if (moves.length === 0) return null;
  return (
    <Card title="Next">
      {moves.map((to) => (
        <div key={to} class="mb-3">
          <Move kit={kit} to={to} form={form} />
        </div>
      ))}
    </Card>
  );
}

function Move({ kit, to, form }: { kit: KitPage; to: KitState; form: FormState }): VNode {
  if (to === 'prepared')
    return (
      <Form action={`/kits/${kit.id}/prepare`}>
        <p>Takes the newest released package and makes a ticket for each correction.</p>
        <SubmitButton>Prepare it</SubmitButton>
      </Form>
    );
  return (
    <Form action={`/kits/${kit.id}/move`}>
      <HiddenInput name="to" value={to} />
      {to === 'shipped' ? (
        <>
          <TextInput
            form={form}
            name="carrier"
            label="Carrier"
            hint="A service, or the name of a technician."
            required
          />
          <TextInput form={form} name="tracking" label="Tracking number" identifier />
        </>
      ) : null}
      <SubmitButton tone={to === 'shipped' || to === 'received' ? 'primary' : 'secondary'}>
        {moveWords[to]}
      </SubmitButton>
    </Form>
  );
}

/** POST /kits/:id/prepare */
export function postPrepare(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const done = await prepareKit(c.get('ctx'), kit.id);
    if (isRefusal(done)) return kitPage(c, kit, refusedForm({}, [refusalError(done)]), 422);
    setFlash(c, { tone: 'done', text: 'The kit is prepared.' });
    return seeOther(c, `/kits/${kit.id}`);
  });
}

/** POST /kits/:id/move */
export function postMove(c: C): Promise<Response> {
  return withKit(c, async (kit) => {
    const body = await readForm(c);
    const input = moveKitInput.safeParse({
      to: fieldText(body, 'to'),
      carrier: fieldText(body, 'carrier'),
      tracking: fieldText(body, 'tracking'),
    });
    if (!input.success) return kitPage(c, kit, refusedForm(body, errorsFromZod(input.error)), 422);
    const moved = await moveKit(c.get('ctx'), kit.id, input.data);
    if (isRefusal(moved)) return kitPage(c, kit, refusedForm(body, [refusalError(moved)]), 422);
    setFlash(c, { tone: 'done', text: `Kit ${kit.id} is ${moved.state}.` });
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
