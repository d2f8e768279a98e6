/** FSN2022-1230 en français, avec nos propres mots. */
export const fr: Record<string, string> = {
  title: 'URGENT : RAPPEL D’UN DISPOSITIF MÉDICAL',
  'title-ruo': 'URGENT : NOTIFICATION DE QUALITÉ',
  subtitle: 'Avis de sécurité urgent {action.reference} : correction logicielle pour {product.name}',
  'subtitle-ruo':
    'Notification de qualité {action.reference} : correction logicielle, appareils destinés à la recherche',
  subject: 'URGENT : rappel d’un dispositif médical {action.reference} : installez un correctif de sécurité',
  'subject-ruo': 'URGENT : notification de qualité {action.reference} : installez un correctif de sécurité',
  'subject-distributor': 'URGENT : rappel d’un dispositif médical {action.reference} : informez vos clients',
  'subject-authority': 'Copie pour information : avis de sécurité urgent {action.reference}',

  letterhead: [
    '{manufacturer.name}\\',
    '{manufacturer.address}',
    '',
    'Date : {action.date}\\',
    'Référence : {action.reference}\\',
    'Action corrective (FSCA) : {action.fsca}\\',
    'Document : {notice.number}, version {notice.revision}\\',
    'Type d’avis : nouveau',
  ].join('\n'),

  salutation: [
    'À l’attention de la direction du laboratoire, des utilisateurs des appareils et de la sécurité informatique',
    '',
    'Madame, Monsieur,',
    '',
    'vous recevez ce courrier parce que, selon nos registres, des produits concernés se trouvent chez vous.',
  ].join('\n'),
  'salutation-distributor': [
    'À l’attention de la personne chargée de veiller au respect de la réglementation chez nos distributeurs et importateurs',
    '',
    'Madame, Monsieur,',
    '',
    'vous recevez ce courrier parce que vous avez fourni, ou pourriez avoir fourni, des produits concernés.',
  ].join('\n'),
  'salutation-authority': [
    'À l’attention de l’autorité compétente',
    '',
    'Madame, Monsieur,',
    '',
    'ceci est une copie de l’avis adressé aux clients concernés dans votre pays.',
  ].join('\n'),

  'in-short': [
    '!> **En bref.** Le contrôle du logiciel Local Run Manager peut être pris par le réseau. Installez le correctif de sécurité, dans **chaque** environnement de chaque appareil.',
    '!>',
    '!> **Délai :** appareils connectés à Internet, sous **{deadline.reply-days} jours ouvrables** ; tous les autres, dès que vous disposez du correctif.',
    '!>',
    '!> **Aide :** {contact.phone}, {contact.email}. Si vous soupçonnez une intrusion, débranchez d’abord le câble réseau.',
  ].join('\n'),
  'in-short-distributor': [
    '!> **En bref.** Le contrôle du logiciel Local Run Manager peut être pris par le réseau. Transmettez cet avis à chaque client que vous avez fourni, et dites-nous sous **{deadline.reply-days} jours ouvrables** ce que vous avez fait.',
    '!>',
    '!> **Aide :** {contact.phone}, {contact.email}.',
  ].join('\n'),

  products: [
    '# Produits concernés',
    'Appareils de séquençage équipés du logiciel Local Run Manager. Ils lisent l’ADN d’échantillons de patients et sont destinés au diagnostic in vitro. Chaque appareil démarre dans l’un de plusieurs environnements, et chaque environnement a sa propre copie du logiciel.',
    '',
    '| Produit | Identifiant du dispositif (IUD-ID) | Référence catalogue | Logiciel | Environnements |',
    '|---|---|---|---|---|',
    '| {product.name} | {product.udi-di} | {product.catalogue} | {product.software} | {product.environments} |',
    '',
    'Tous les numéros de série sont concernés, ainsi que chaque instance autonome de Local Run Manager, hors appareil.',
  ].join('\n'),

  problem: [
    '# Le problème',
    'Local Run Manager présente des vulnérabilités : {cve.id}. Quiconque atteint l’appareil par le réseau peut, sans mot de passe, y déposer des fichiers et y exécuter des programmes avec les droits les plus élevés.',
    '',
    '**Conséquences possibles.** Les réglages, le logiciel et les données de l’appareil pourraient être lus, modifiés ou supprimés, et d’autres ordinateurs de votre réseau pourraient être atteints. Des résultats pourraient manquer, être retardés ou être faux sans que cela se voie, et donc aussi les décisions qui en dépendent.',
    '',
    '**Probabilité.** Il faut un accès à votre réseau, mais aucune connaissance particulière. À la date de cet avis, nous ne connaissons aucun cas d’exploitation.',
  ].join('\n'),

  'actions-connected': [
    '# Que faire : appareils connectés à Internet',
    'Sous {deadline.reply-days} jours ouvrables après la réception de cet avis :',
    '',
    '1. **Sauvegardez** les données de l’appareil.',
    '2. **Téléchargez** {package.file} depuis votre page personnelle. Le lien figure dans votre courrier.',
    '3. **Comparez** l’empreinte SHA-256 du fichier : {package.sha256}.',
    '4. **Installez-le** dans chaque environnement : démarrez l’appareil dans l’un, installez, puis démarrez-le dans l’autre et installez de nouveau.',
    '5. **Faites de même** sur chaque ordinateur doté d’une instance autonome.',
    '6. **Informez-nous**, voir {@reply}.',
  ].join('\n'),
  'actions-not-connected': [
    '# Que faire : appareils non connectés à Internet',
    '1. **Demandez un autre support** : {contact.email} ou {contact.phone}.',
    '2. **Sauvegardez** les données, puis **installez** le correctif dans chaque environnement et sur chaque instance autonome.',
    '3. **Informez-nous** immédiatement après l’installation, voir {@reply}. Veuillez confirmer dès aujourd’hui que cet avis vous est parvenu.',
  ].join('\n'),
  'side-effects': [
    '# Ce qui change après le correctif',
    'L’accès à distance à l’interface web de Local Run Manager n’est plus possible. Elle reste utilisable sur l’appareil lui-même. Ce que dit le guide de l’utilisateur sur l’accès à distance n’est plus valable. **Si votre travail dépend de l’accès à distance, appelez-nous avant l’installation.**',
  ].join('\n'),
  results: [
    '# Patients et résultats antérieurs',
    'Nous ne recommandons ni une révision générale des résultats antérieurs ni un suivi des patients, car nous ne connaissons aucun cas d’exploitation des vulnérabilités. Si vous soupçonnez une intrusion, ne validez aucun résultat de cet appareil avant que nous l’ayons examiné ensemble.',
  ].join('\n'),
  compromise: [
    '# En cas d’intrusion possible',
    '!> 1. **Débranchez le câble réseau** de l’appareil. Ne l’éteignez pas.',
    '!> 2. **Appelez-nous immédiatement :** {incident.phone}.',
    '!> 3. Laissez tout en l’état jusqu’à ce que nous nous soyons parlé.',
  ].join('\n'),
  'adverse-events': [
    '# Événements indésirables',
    'Veuillez signaler les événements indésirables et les défauts de qualité à nous-mêmes, {contact.email}, et à l’autorité de votre pays. Aux États-Unis, signalez-les à MedWatch : {adverse-event.link}.',
  ].join('\n'),
  reply: [
    '# Votre réponse',
    'Une réponse est requise. Ouvrez votre page personnelle, confirmez la réception et remplissez le formulaire de vérification ; pour chaque appareil et chaque environnement, il demande ce qui a été fait. Vous pouvez y revenir aussi souvent que vous le souhaitez. Sans accès à Internet, demandez le formulaire sur papier : {contact.phone}.',
  ].join('\n'),
  'distributor-duties': [
    '# Ce que nous demandons aux distributeurs et importateurs',
    '1. **Vérifiez votre stock** et mettez de côté les produits concernés jusqu’à l’installation du correctif.',
    '2. **Identifiez** chaque client à qui vous avez fourni des produits concernés.',
    '3. **Envoyez-leur** cet avis sans délai, dans leur langue, et conservez-en la trace.',
    '4. **Dites-nous** quand ils ont été informés, voir {@reply}. Vous pouvez nous donner la liste des clients ou nous dire que vous ne le souhaitez pas.',
    '5. **Recueillez** leurs confirmations, et transmettez-nous immédiatement les réclamations et les incidents présumés.',
  ].join('\n'),
  'follow-up': [
    '# Ce que nous faisons, et la suite',
    'Le correctif ferme l’accès. Nous travaillons à une correction définitive du logiciel ; elle fera l’objet d’un avis distinct, que nous prévoyons d’ici au {deadline.follow-up}. Les appareils déjà munis du correctif en auront besoin aussi.',
  ].join('\n'),
  transmission: [
    '# Veuillez transmettre cet avis',
    'Remettez-le à toutes les personnes de votre organisme qui doivent en avoir connaissance, et à tout organisme auquel des produits concernés ont été cédés. Gardez-le à l’esprit jusqu’à l’installation de la correction définitive.',
  ].join('\n'),
  'action-types': [
    '# Types d’action',
    '**De votre part :** (x) identifier les dispositifs, (x) les modifier sur place : installer le logiciel, (x) prendre note de la notice d’utilisation modifiée, (\u00a0) mettre en quarantaine, (\u00a0) retourner, (\u00a0) détruire, (\u00a0) suivre les patients',
    '',
    '**De notre part :** (x) mise à jour du logiciel, (\u00a0) retrait, (\u00a0) modification sur place, (\u00a0) étiquetage modifié',
  ].join('\n'),
  'authority-informed': [
    '# Autorités',
    'L’autorité compétente de votre pays a été informée de la présente communication.',
  ].join('\n'),
  contact: [
    '# Contact',
    'Assistance technique : {contact.phone}, {contact.hours}, {contact.email}\\',
    'Mauvaise personne ou adresse : {contact.corrections}\\',
    'Fabricant : {manufacturer.name}, {manufacturer.address}, {manufacturer.website}, SRN {manufacturer.srn}\\',
    'Représentant local : {representative.name}, {representative.address}, {representative.phone}, {representative.email}, SRN {representative.srn}',
  ].join('\n'),
  signature: [
    'Nous regrettons les désagréments causés et vous remercions d’agir rapidement.',
    '',
    '| Signé par | Fonction |',
    '|---|---|',
    '| {signer.name} | {signer.title} |',
    '',
    'Ce courrier est un avis de sécurité et non une publicité. Il est envoyé à toutes les personnes concernées.',
  ].join('\n'),

  'problem-ruo': [
    '# Le problème',
    'Local Run Manager présente des vulnérabilités : {cve.id}. Quiconque atteint l’appareil par le réseau peut, sans mot de passe, y déposer des fichiers et y exécuter des programmes avec les droits les plus élevés.',
    '',
    '**Conséquences possibles.** Les réglages, le logiciel et les données de l’appareil pourraient être lus, modifiés ou supprimés, et d’autres ordinateurs de votre réseau pourraient être atteints. Des données de recherche pourraient manquer ou être fausses sans que cela se voie.',
    '',
    '**Probabilité.** Il faut un accès à votre réseau, mais aucune connaissance particulière. À la date de cet avis, nous ne connaissons aucun cas d’exploitation.',
  ].join('\n'),
  'products-ruo': [
    '# Produits concernés',
    'Appareils de séquençage équipés du logiciel Local Run Manager que vous utilisez pour la recherche. Chaque appareil démarre dans l’un de plusieurs environnements, et chaque environnement a sa propre copie du logiciel.',
    '',
    '| Produit | Référence catalogue | Logiciel | Environnements |',
    '|---|---|---|---|',
    '| {product.name} | {product.catalogue} | {product.software} | {product.environments} |',
    '',
    'Tous les numéros de série sont concernés, ainsi que chaque instance autonome de Local Run Manager, hors appareil.',
  ].join('\n'),
};
