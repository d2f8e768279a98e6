/**
 * Words that tell one kind of message from another, in the languages our readers write in. They only ever lead to a guess,
 * which is shown with the words that led to it. Tried on the sender's own words, never on what they quote.
 */

import { furtherCompromise, furtherDone, furtherGone, furtherNotYet } from './mail-words-further.ts';

/** One pattern for what either of two finds. */
function either(first: RegExp, second: RegExp): RegExp {
  return new RegExp(`${first.source}|${second.source}`, 'iu');
}

/** Said by a machine for somebody who is away, or to say that a message arrived. */
export const automaticSubject =
  /^(?:\[?auto(?:matic)?[- ]?(?:reply|response|antwort|svar)|auto(?:matic)?:|automatic reply|autorespon|out of (?:the )?office|ooo\b|away from|on (?:vacation|holiday|leave)|vacation|automatische antwort|abwesenheit|abwesend|nicht im (?:büro|hause)|réponse automatique|absence|message d'absence|absent|risposta automatica|fuori (?:ufficio|sede)|assenza|respuesta automática|fuera de (?:la )?oficina|ausencia|resposta automática|fora do escritório|ausência|automatisch antwoord|afwezig|autosvar|automatiskt svar|frånvaro|fravær|autoodpowiedź|automatyczna odpowiedź|nieobecno|автоответ|автоматический ответ|отсутств|自動(?:応答|返信)|不在|自动(?:回复|答复)|自動回覆|외출|자동 회신|תשובה אוטומטית|رد تلقائي|αυτόματη απάντηση|otomatik (?:yanıt|cevap)|automatick[áé] odpove|automatikus válasz|răspuns automat)/i;
export const automaticText =
  /(?:i am|i'm|i will be|i'll be)(?: currently)? (?:out of (?:the )?office|away|on (?:annual |maternity |parental |sick )?leave|on vacation|on holiday|travell?ing)|this is an automat(?:ed|ic) (?:reply|response|message)|(?:we|i) have received your (?:message|e-?mail|request|enquiry)|thank you for (?:contacting|your (?:e-?mail|message))[^.\n]{0,80}(?:ticket|request|case) (?:number|id|#)|ich bin (?:derzeit |zur ?zeit |momentan |bis )?[^.\n]{0,40}(?:nicht im (?:büro|hause?)|abwesend|außer haus|im urlaub)|dies ist eine automatische|je suis (?:actuellement )?(?:absent|en congé)|sono (?:attualmente )?(?:fuori (?:ufficio|sede)|assente|in ferie)|estoy (?:actualmente )?(?:fuera|ausente|de vacaciones)|estou (?:ausente|fora|de férias)|ik ben (?:momenteel )?(?:afwezig|niet aanwezig|met (?:vakantie|verlof))|jag är (?:för närvarande )?(?:inte på|bortrest|ledig)|jeg er (?:for tiden )?(?:ikke|bortreist|på ferie)|jestem (?:obecnie )?(?:nieobecn|poza biurem|na urlopie)|(?:я|меня) (?:сейчас )?(?:в отпуске|нет на месте|отсутствую)|(?:不在|休暇)(?:に|で|中)|我(?:目前|现在)?(?:不在|外出|休假)/i;

/** The person is not there any more. */
export const leftWords =
  /(?:(?:has|have|'s|'ve|i) (?:recently |now |since )?left|no longer (?:works?|working|employed|with|at|part of|in use|monitored|available at|responsible)|is not (?:with|working)[^.\n]{0,40}(?:any ?more|any longer)|(?:has|have) (?:retired|moved on)|(?:mailbox|address|inbox)[^.\n]{0,60}(?:no longer (?:in use|monitored|active|used|read)|discontinued)|nicht mehr (?:bei|in|im|für|tätig|beschäftigt|aktiv|gelesen|zuständig|in gebrauch)|(?:unternehmen|haus|klinik|labor|firma)[^.\n]{0,40}verlassen|ausgeschieden|(?:ne travaille|n'est|ne fait) plus|a quitté|non (?:lavora|fa|è) più|ha lasciato|ya no (?:trabaja|está|forma)|ha dejado|não (?:trabalha|faz) mais|já não (?:trabalha|faz)|(?:werkt|is) niet (?:meer|langer)|arbetar inte längre|har slutat|arbejder ikke længere|jobber ikke lenger|nie pracuje|już nie pracuje|больше не работа|не работает|退職|退社|已离职|離職)/i;

/** Another person or another address is asked for. */
export const changeWords =
  /(?:(?:please |kindly )?(?:send|address|direct|forward|write)[^.\n]{0,60}(?:in (?:the )?future|from now on|instead|going forward|to the following)|(?:new|changed|correct|updated?) (?:e-?mail|address|contact|phone|telephone)|(?:e-?mail|address|contact person)[^.\n]{0,40}(?:has |have )?changed|wrong (?:person|contact|address|recipient|department)|not the (?:right|correct) (?:person|contact|department)|i am not responsible|(?:responsible|right|correct) (?:person|contact) (?:is|would be)|please contact[^\n]{0,80}@|remove me|take me off|neue[rn]? (?:adresse|ansprechpartner|e-?mail|kontakt)|(?:adresse|ansprechpartner|e-?mail)[^.\n]{0,30}geändert|(?:falsche[rn]?|nicht der richtige) (?:ansprechpartner|empfänger|adresse|person)|nicht zuständig|zuständig ist|(?:künftig|zukünftig|in zukunft|ab sofort)[^.\n]{0,60}(?:an|@)|bitte wenden sie sich an|nouvelle adresse|n'est pas la bonne personne|mauvais destinataire|veuillez (?:contacter|adresser|écrire)|nuovo (?:indirizzo|contatto|referente)|non sono (?:la persona|il referente)|(?:rivolgersi|scrivere) a|nueva dirección|no soy la persona|diríjase a|novo endereço|não sou a pessoa|nieuw adres|niet de juiste persoon|ny adress|fel person|nowy adres|niewłaściwa osoba|новый адрес|не тот (?:человек|адресат)|連絡先(?:が)?(?:変更|変わ)|担当(?:者)?(?:が|は)(?:変わ|変更|異動)|地址(?:已)?(?:变更|更改))/i;

/** Somebody may have broken in, or something went wrong that cannot wait. */
export const compromiseWords = either(
  /(?:hack(?:ed|er|ing)?\b|(?:was|been|is|were|may be|suspect(?:ed)?[^.\n]{0,40}) compromised|suspect(?:ed)? (?:a )?(?:compromise|break-?in|intrusion|attack|breach)|(?:unknown|strange|foreign|suspicious|unexpected) (?:account|user|login|log-?in|sign-?in|process|program|file|connection|activity)|unauthori[sz]ed (?:access|login|user|person)|intrusion|break-?in|broken into|ransom|malware|encrypted our|security (?:incident|breach)|unplugged (?:it|the (?:network|cable))|einbruch|eingedrungen|gehackt|kompromittiert|unbekannte[rsn]? (?:benutzer|konto|anmeldung|prozess|zugriff)|verdächtig|unbefugte[rn]? zugriff|netzwerkkabel (?:gezogen|getrennt|abgezogen)|sicherheitsvorfall|schadsoftware|pirat(?:é|age)|compromis(?:e)?\b|intrusion|accès non autorisé|utilisateur inconnu|cyberattaque|compromess[oa]|intrusione|accesso non autorizzato|utente sconosciuto|sospett[oa] (?:accesso|intrusione|attacco)|acceso no autorizado|comprometid|intrusión|usuario desconocido|acesso não autorizado|gehackt|inbraak|ongeautoriseerd|intrång|obehörig|włamani|nieautoryzowan|взлом|несанкционированн|подозрительн|不正アクセス|侵入|ハッキング|可疑|入侵)/i,
  furtherCompromise,
);
/** A patient, a result or a person may have come to harm: a case for vigilance, whoever reads it first. */
export const harmWords =
  /(?:(?:wrong|false|incorrect|erroneous) (?:result|diagnos|report)|patient[^.\n]{0,60}(?:harm|injur|died|death|affected|delayed)|adverse event|serious incident|misdiagnos|falsche[sn]? (?:ergebnis|befund|diagnose)|patient(?:in)?[^.\n]{0,60}(?:schaden|geschädigt|verletzt|verstorben)|vorkommnis|événement indésirable|incident grave|résultats? (?:faux|erroné)|evento avverso|incidente grave|risultat[oi] (?:errat|falsi|sbagliat)|evento adverso|incidente grave|resultado (?:erróneo|errado|incorrecto)|нежелательн\p{L}+ явлен|有害事象|不良事件)/iu;

/** The sender asks. */
export const questionWords =
  /(?:\?|？|؟)(?:\s|$)|\b(?:could you|can you|would you|please (?:advise|clarify|explain|let (?:us|me) know|confirm whether)|how (?:do|can|should|long)|where (?:do|can)|what (?:is|are|do|should)|we (?:need|have a question)|können sie|könnten sie|bitte (?:um|teilen|erklären)[^.\n]{0,40}(?:mit|information|auskunft|rückmeldung)|wie (?:können|sollen|lange)|wo (?:finde|können)|haben (?:wir )?eine frage|pouvez-vous|pourriez-vous|comment (?:faire|puis)|potete|potreste|può (?:confermare|inviare)|come (?:posso|possiamo|si)|(?:puede|podría)n?\b|cómo (?:puedo|podemos)|você(?:s)? pode|como (?:posso|podemos)|kunt u|hoe (?:kan|moet)|kan ni|hur (?:kan|ska)|kan i |hvordan|czy (?:mogą|możecie|może)|jak (?:mogę|możemy)|(?:можете|могли бы) ли|как (?:мне|нам|можно)|でしょうか|ください(?:ますか)?|いただけますか|请问|能否)/i;

/** Receipt, and that the notice was understood. */
export const receiptWords =
  /(?:(?:we|i|hereby|have|has)(?: \w+){0,4} (?:received|read|acknowledge|confirm(?: (?:the )?receipt)?|taken note|understood)|confirm (?:the )?receipt|acknowledge (?:the )?receipt|receipt (?:is )?(?:hereby )?(?:confirmed|acknowledged)|noted with thanks|erhalten|zur kenntnis genommen|gelesen und verstanden|(?:den )?(?:erhalt|empfang|eingang) (?:hiermit )?(?:bestätig|wird bestätigt)|bestätigen (?:wir )?(?:hiermit )?(?:den )?(?:erhalt|empfang|eingang)|bien reçu|accus(?:e|ons|é) (?:de )?réception|pris connaissance|abbiamo (?:ricevuto|letto)|confermiamo (?:la )?ricezione|preso atto|hemos (?:recibido|leído)|acus(?:e|amos) (?:de )?recibo|recebemos|acusamos (?:o )?recebimento|(?:hebben|heb) (?:de |het |uw )?(?:\w+ )?ontvangen|har (?:vi )?(?:mottagit|modtaget|mottatt)|otrzymaliśmy|potwierdzamy (?:odbiór|otrzymanie)|получили|подтверждаем получение|受領|受け取り|拝受|已收到|收悉)/i;
/** The work is done. */
export const doneWords = either(
  /(?:(?:has|have|was|were|is|are|been|all)(?: \w+){0,3} (?:installed|patched|updated|applied|completed?|done|corrected|fixed|executed|performed)|(?:patch|update|installation|correction|fix|software)(?: \w+){0,4} (?:installed|completed?|done|applied|successful(?:ly)?|executed|performed|finished)|\b(?:patched|installed|done|completed|finished|updated)\b|installiert|durchgeführt|eingespielt|aktualisiert|erledigt|abgeschlossen|gepatcht|umgesetzt|installée?s?|effectuée?s?|appliquée?s?|terminée?s?|installat[aoie]|effettuat[aoie]|eseguit[aoie]|completat[aoie]|applicat[aoie]|aggiornat[aoie]|instalad[ao]s?|realizad[ao]s?|aplicad[ao]s?|completad[ao]s?|concluíd[ao]s?|geïnstalleerd|uitgevoerd|voltooid|installerad|genomförd|utförd|installeret|udført|installert|utført|zainstalowan|wykonan|zakończon|установлен|выполнен|обновлен|完了|インストール(?:し|済)|実施(?:し|済)|已(?:安装|完成|更新)|安装完毕)/i,
  furtherDone,
);
/** The work is not done. */
export const notYetWords = either(
  /(?:(?:not|n't|cannot|can't|couldn't|unable to|failed to)(?: \w+){0,4} (?:install|patch|updat|appl|complet|done|correct)|not (?:yet )?(?:installed|patched|done|possible|completed|updated)|still (?:open|outstanding|to (?:do|be))|(?:will|plan(?:ned)? to|going to) (?:be )?(?:install|patch|updat|do)|noch nicht|nicht (?:installiert|möglich|durchgeführt|eingespielt)|steht (?:noch )?aus|wird (?:noch )?(?:nachgeholt|installiert|durchgeführt)|pas encore|n'a(?:vons)? pas (?:été|pu)|impossible d'installer|non (?:ancora|è stat|abbiamo potuto|installat)|todavía no|aún no|no (?:(?:hemos|he|se ha) podido|instalad)|ainda não|não (?:foi possível|conseguimos)|nog niet|inte (?:ännu|än|installerad)|ikke (?:ennå|endnu|installert|installeret)|jeszcze nie|nie (?:zainstalowan|udało)|ещё не|еще не|не (?:установлен|удалось)|まだ|未(?:実施|完了|安装|完成)|尚未)/i,
  furtherNotYet,
);
/** The unit is not there any more. */
export const goneWords = either(
  /(?:scrapped|disposed|decommissioned|sold|no longer (?:have|own|in (?:use|our))|returned to|moved to|given (?:away|back)|verschrottet|entsorgt|außer betrieb|verkauft|nicht mehr (?:vorhanden|in betrieb|im besitz)|mis(?:e)? au rebut|vendue?|plus en (?:service|possession)|rottamat|dismess|vendut|non più in (?:uso|possesso)|desechad|vendid|dado de baixa|descartad|verkocht|afgevoerd|skrotad|kasseret|zezłomowan|sprzedan|списан|продан|утилизирован|廃棄|売却|报废|已售)/i,
  furtherGone,
);
