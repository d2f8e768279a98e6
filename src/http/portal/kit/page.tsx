/** Kits in the portal: those of the party with what became of each, and the request for another one. */
import type { VNode } from 'preact';
import { moveKit } from '../../../app/kit-moves.ts';
import { askForKit, askForKitInput, proposeFirstShipTo } from '../../../app/kit-requests.ts';
import { type KitChoice, loadKitChoices, loadOwnKits, type OwnKit } from '../../../app/queries/kits.ts';
import { recipientMoves } from '../../../domain/kit.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type FormBody, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, HiddenInput, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier, KeyValue } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { stateLook } from '../../ui/state.ts';
import { Badge } from '../../ui/state.tsx';
import { Day } from '../../ui/time.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { RequestForm } from './request.tsx';

/** GET /p/:token/kit. `?unit=` ticks the corrections of one unit. */
export const showKits = portalPage({}, (portal) => kitPage(portal, freshForm(), 200));

/** POST /p/:token/kit: asks for a kit. */
export const sendKitRequest = portalPage({}, async (portal) => {
  const { c, ctx, t, base } = portal;
  const body = await readForm(c);
  const input = askForKitInput.safeParse(wishOf(body));
  if (!input.success) {
    const errors = errorsFromZod(input.error, fieldOf).map(({ field }) => ({ field, message: t(errorWord(field)) }));
    return kitPage(portal, refusedForm(body, errors), 422);
  }
  const asked = await askForKit(ctx, input.data);
  if (isRefusal(asked)) return kitPage(portal, refusedForm(body, [refusalError(asked, t.language)]), 422);
  setFlash(c, { tone: 'done', text: t('portal.kit.asked') });
  return seeOther(c, `${base}/kit`);
});

/** POST /p/:token/kit/:kit: it arrived, went back, was destroyed, or is not needed any more. */
export const sendKitMove = portalPage({}, async (portal) => {
  const { c, ctx, t, base } = portal;
  const to = fieldText(await readForm(c), 'to');
  const known = (['received', 'returned', 'destroyed', 'cancelled'] as const).find((one) => one === to);
  if (!known) return seeOther(c, `${base}/kit`);
  const moved = await moveKit(ctx, idParam(c, 'kit') ?? 0, { to: known, carrier: '', tracking: '', reason: '' });
  if (isRefusal(moved)) return kitPage(portal, refusedForm({}, [refusalError(moved, t.language)]), 422);
  setFlash(c, { tone: 'done', text: t('portal.kit.thanks') });
  return seeOther(c, `${base}/kit`);
});

function wishOf(body: FormBody) {
  return {
    correctionIds: fieldList(body, 'correctionIds').map(Number),
    way: fieldText(body, 'way'),
    note: fieldText(body, 'note'),
    shipTo: {
      name: fieldText(body, 'name'),
      attention: fieldText(body, 'attention'),
      street: fieldText(body, 'street'),
      postcode: fieldText(body, 'postcode'),
      city: fieldText(body, 'city'),
      region: fieldText(body, 'region'),
      country: fieldText(body, 'country'),
      phone: fieldText(body, 'phone'),
    },
  };
}

/** Fields of the form are named by their last word: `shipTo.city` is `city`. */
const fieldOf = (path: string): string =>
  path.startsWith('correctionIds') ? 'correctionIds' : (path.split('.').at(-1) ?? '');

function errorWord(field: string): string {
  if (field === 'correctionIds') return 'portal.kit.error.units';
  if (field === 'way') return 'portal.kit.error.way';
  return ['name', 'street', 'city', 'country'].includes(field)
    ? 'portal.kit.error.address'
    : 'portal.contact.error.long';
}

async function kitPage(portal: Portal, form: FormState, status: 200 | 422): Promise<Response> {
  const { c, ctx, t, data, shell, base } = portal;
  const kits = await loadOwnKits(ctx.db, data.party.id, data.action.id);
  const choices = (await loadKitChoices(ctx.db, data.party.id, { now: ctx.now(), actionId: data.action.id })).filter(
    (one) => one.kitId === null,
  );
  const ticked = tickedOf(portal, choices);
  const reader = { partyId: data.party.id, contactId: data.contact.id };
  const address = await proposeFirstShipTo(ctx.db, reader, choices, ticked);
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.kit.title')}
      lede={t('portal.kit.lede')}
      back={{ href: base }}
      errors={form.errors}
    >
      {kits.map((kit) => (
        <KitCard key={kit.id} portal={portal} kit={kit} />
      ))}
      {choices.length > 0 ? (
        <section aria-labelledby="ask">
          <h2 id="ask">{t('portal.kit.ask')}</h2>
          <RequestForm portal={portal} form={form} choices={choices} ticked={ticked} address={address} />
        </section>
      ) : kits.length === 0 ? (
        <Alert tone="note">
          <p>{t('portal.kit.none')}</p>
        </Alert>
      ) : null}
    </PortalPage>,
    status,
  );
}

/** Ticked beforehand: those of the unit asked for, else those that have no Internet. */
function tickedOf({ c }: Portal, choices: readonly KitChoice[]): string[] {
  const unit = Number(c.req.query('unit'));
  const own = choices.filter((one) => one.unitId === unit);
  return (own.length > 0 ? own : choices.filter((one) => one.offline)).map((one) => String(one.id));
}

/** One kit: where it is, what it is for, and what its reader can say of it. */
function KitCard({ portal, kit }: { portal: Portal; kit: OwnKit }): VNode {
  const { t, base } = portal;
  const look = stateLook('kit', kit.state);
  const moves = recipientMoves[kit.state];
  const here = kit.state === 'shipped' || kit.state === 'received';
  return (
    <article class="ff-unit" id={`kit-${kit.id}`}>
      <h2>{t('letter.kit.title', { kit: kit.id })}</h2>
      <p>
        <Badge tone={look.tone} icon={look.icon}>
          {t(`portal.kit.state.${kit.state}`)}
        </Badge>{' '}
        <Day value={kit.since.toISOString().slice(0, 10)} />
      </p>
      {kit.withdrawn ? (
        <Alert tone="danger">
          <p>{t('portal.kit.withdrawn')}</p>
        </Alert>
      ) : null}
      <ul class="ff-unit-states">
        {byUnit(kit).map(([unit, environments]) => (
          <li key={unit.serial}>
            <span>
              <bdi>{unit.product}</bdi> <Identifier>{unit.serial}</Identifier>
            </span>
            <span>{environments.join(', ')}</span>
          </li>
        ))}
      </ul>
      <KeyValue
        rows={[
          kit.carrier !== '' && { label: t('portal.kit.carrier'), value: <bdi>{kit.carrier}</bdi> },
          kit.tracking !== '' && { label: t('portal.kit.tracking'), value: <Identifier>{kit.tracking}</Identifier> },
          kit.visitOn !== null && { label: t('portal.kit.visit'), value: <Day value={kit.visitOn} /> },
          here &&
            kit.goodUntil !== null && {
              label: t('portal.kit.until'),
              value: <Day value={kit.goodUntil.toISOString().slice(0, 10)} />,
            },
        ]}
      />
      {here && !kit.withdrawn ? (
        <p class="mt-3">
          <LinkButton href={`${base}/code`} icon="key">
            {t('portal.code.title')}
          </LinkButton>
        </p>
      ) : null}
      {moves.length > 0 ? (
        <div class="ff-kit-moves">
          {moves.map((to) => (
            <Form key={to} action={`${base}/kit/${kit.id}`}>
              <HiddenInput name="to" value={to} />
              <SubmitButton tone={to === 'received' ? 'primary' : 'secondary'}>
                {t(to === 'cancelled' ? 'portal.kit.cancel' : `portal.kit.${to}`)}
              </SubmitButton>
            </Form>
          ))}
        </div>
      ) : null}
    </article>
  );
}

/** Each unit of a kit once, with its modes. */
function byUnit(kit: OwnKit): [OwnKit['corrections'][number], string[]][] {
  return [...Map.groupBy(kit.corrections, (one) => `${one.product} ${one.serial}`).values()].flatMap((all) =>
    all[0] ? [[all[0], all.map((one) => one.environment)] as [OwnKit['corrections'][number], string[]]] : [],
  );
}
