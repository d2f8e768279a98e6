/** The form that asks for a kit: for which units, how it comes, and where it goes. */
import type { VNode } from 'preact';
import type { KitChoice } from '../../../app/queries/kits.ts';
import { countries } from '../../../domain/country.ts';
import type { ShipTo } from '../../../domain/kit.ts';
import {
  CheckboxGroup,
  Form,
  HiddenInput,
  RadioGroup,
  Select,
  SubmitButton,
  TextArea,
  TextInput,
} from '../../ui/field.tsx';
import type { FormState } from '../../ui/form.ts';
import type { Portal } from '../gate.tsx';
import { unitLabel } from '../unit-label.ts';

export interface RequestFormProps {
  portal: Portal;
  form: FormState;
  choices: readonly KitChoice[];
  /** Numbers of the corrections that are ticked in a fresh form. */
  ticked: readonly string[];
  /** Where it would go as far as we know. */
  address: ShipTo;
}

export function RequestForm({ portal, form, choices, ticked, address }: RequestFormProps): VNode {
  const { t, base } = portal;
  // Which remedy it is says something only where there are several.
  const several = new Set(choices.map((one) => one.remedy)).size > 1;
  return (
    <Form action={`${base}/kit`}>
      <CheckboxGroup
        form={form}
        name="correctionIds"
        label={t('portal.kit.units')}
        hint={t('portal.kit.units-hint')}
        value={ticked}
        required
        options={choices.map((one) => ({
          value: String(one.id),
          label: `${unitLabel(one, t)}, ${one.environment}`,
          ...(several ? { hint: one.remedy } : {}),
        }))}
      />
      <RadioGroup
        form={form}
        name="way"
        label={t('portal.kit.way')}
        value="post"
        required
        options={(['post', 'visit'] as const).map((way) => ({ value: way, label: t(`portal.kit.way.${way}`) }))}
      />
      <h3>{t('portal.kit.to')}</h3>
      <Line
        form={form}
        name="name"
        label={t('form.question.organisation')}
        value={address.name}
        autocomplete="organization"
        required
      />
      <Line
        form={form}
        name="attention"
        label={t('portal.kit.attention')}
        value={address.attention}
        autocomplete="name"
      />
      <Line
        form={form}
        name="street"
        label={t('portal.kit.street')}
        value={address.street}
        autocomplete="street-address"
        required
      />
      <TextInput
        form={form}
        name="postcode"
        label={t('portal.kit.postcode')}
        value={address.postcode}
        autocomplete="postal-code"
        maxLength={30}
        width={12}
      />
      <Line
        form={form}
        name="city"
        label={t('portal.kit.city')}
        value={address.city}
        autocomplete="address-level2"
        required
      />
      <HiddenInput name="region" value={address.region} />
      <Select
        form={form}
        name="country"
        label={t('portal.kit.country')}
        value={address.country}
        placeholder="–"
        options={countries(t.language).map(({ code, name }) => ({ value: code, label: name }))}
        required
      />
      <TextInput
        form={form}
        name="phone"
        type="tel"
        label={t('portal.contact.phone')}
        value={address.phone}
        autocomplete="tel"
        maxLength={60}
        width={20}
      />
      <TextArea form={form} name="note" label={t('portal.contact.note')} rows={2} maxLength={500} />
      <SubmitButton>{t('portal.kit.ask')}</SubmitButton>
    </Form>
  );
}

type LineProps = Parameters<typeof TextInput>[0];

/** One line of the address. */
function Line(props: Omit<LineProps, 'maxLength'>): VNode {
  return <TextInput {...props} maxLength={props.name === 'city' ? 100 : 200} />;
}
