/**
 * The same words in the further languages of the portal: Czech, Slovak, Slovene, Croatian, Hungarian, Romanian, Bulgarian,
 * Ukrainian, Greek, Turkish, Finnish, Estonian, Latvian, Lithuanian, Icelandic, Maltese, Irish, Arabic, Hebrew, Korean and
 * Chinese in traditional signs. Stems, because these languages change their endings, each at the beginning of a word. Read by
 * mail-words.ts only.
 */

/** The work is done. */
export const furtherDone =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])(?:nainstalov[aá]n|provedeno|dokonče?n|opraveno|hotovo|nainštalovan|vykonané|nameščen|opravljeno|popravljen|instaliran[aoi]?|učinjeno|završen|telepítettük|telepítve|telepítésre került|elvégez|befejez|javítottuk|a fost (?:instalat|efectuat|actualizat|realizat|aplicat)|am (?:instalat|efectuat|actualizat|aplicat)|finalizat|инсталиран|извършен|изпълнен|приключен|встановлен|виконан|оновлено|завершено|εγκαταστάθηκ|εγκαταστήσαμε|ολοκληρώθηκ|διορθώθηκ|yüklendi|kuruldu|tamamlandı|yüklenmiştir|güncellendi|asennettu|päivitetty|suoritettu|paigaldatud|lõpetatud|uzstādīt|pabeigt|izpildīt|veikts|įdiegt|atlikt|baigta|sett upp|uppsett|lokið|ġie installat|ġiet installata|suiteáilte|críochnaithe|تم (?:تثبيت|التثبيت|تحديث|التحديث|تنفيذ|إصلاح)|اكتمل|הותקן|הותקנה|בוצע|הושלם|התקנו|설치(?:했|하였|를 완료|되었|됨| 완료)|완료(?:했|되었|됨|하였)|已(?:安裝|完成|更新|修復))/iu;

/** The work is not done. */
export const furtherNotYet =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])(?:(?:ještě|zatím|dosud) ne|ne(?:nainstalov|proveden|bylo)|(?:ešte|zatiaľ) ne|nie je|nebol[ao]? (?:nainštal|vykon)|še (?:ni|ne)|ni (?:nameščen|opravljen)|još (?:nije|ne)|nije (?:instaliran|učinjen|moguć)|még nem|még nincs|nem (?:telepít|sikerült|tudtuk)|nincs (?:telepít|kész)|încă nu|nu (?:a fost|am (?:putut|reușit|instalat)|s-a)|още не|не е (?:инсталиран|извършен)|не (?:успяхме|можахме)|ще не|не (?:встановлен|виконан|вдалося|змогли)|δεν (?:έχει|εγκατα|ολοκληρ|μπορέσαμε|ήταν)|όχι ακόμ|henüz|yüklenmedi|kurulmadı|yükleyemedik|ei (?:vielä|ole|voitu|onnistunut)|asentamatta|veel (?:ei ole|pole)|(?:ei ole|pole) (?:veel )?(?:paigald|teht|võimalik)|paigaldamata|vēl nav|nav (?:vēl )?(?:uzstād|veikt|izdev|iespēj)|neizdevās|(?:dar )?ne(?:įdiegt|atlikt|pavyko)|ekki (?:enn|sett|tekist|hægt)|għadu|ma (?:ġiex|stajniex)|níl|níor|لم (?:يتم|نتمكن|نقم)|ليس بعد|עדיין לא|לא (?:הותקן|הותקנה|בוצע|הצלחנו)|(?:טרם)|아직|(?:설치|완료)하지|미설치|못했|尚未|還沒|未能)/iu;

/** The unit is not there any more. */
export const furtherGone =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])(?:zlikvidov|vyřazen|prodán|vyraden|predan[éý]|odpisan|prodan|rashodovan|selejtez|eladtuk|eladva|fost casat|vândut|бракуван|продаден|списано|утилізов|продано|αποσύρθηκ|πωλήθηκ|hurdaya|satıldı|romutettu|myyty|poistettu käytöstä|utiliseeritud|müüdud|norakstīt|pārdot|nurašyt|parduot|fargað|(?:var|verið) selt|mibjugħ|díolta|تم (?:بيع|التخلص)|נמכר|נגרט|폐기|매각|報廢|已售出)/iu;

/** Somebody may have broken in. */
export const furtherCompromise =
  /(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])(?:hackers?\b|naboural|napaden[ýíao]|neoprávněn|neznám[ýé] (?:uživatel|účet)|podezřel|neoprávnen|podozriv|nepooblaščen|vdor|neovlašten|sumnjiv|feltört|illetéktelen|ismeretlen felhasználó|gyanús|neautorizat|suspect[ăe]? (?:activ|conect|acces)|utilizator necunoscut|неоторизиран|съмнител|пробив|несанкціонован|підозріл|злам|παραβίασ|μη εξουσιοδοτημέν|ύποπτ|yetkisiz|şüpheli|saldırı|bilinmeyen kullanıcı|tietomurto|murrettu|luvaton|epäilyttäv|tuntematon käyttäjä|häkkeri|volitamata|kahtla|ielauš|neatļaut|aizdomīg|įsilauž|neteisėt|įtartin|innbrot|grunsamleg|óheimil|اختراق|غير مصرح|مشبوه|מפוקפק|פריצה|לא מורשה|חשוד|해킹|침입|의심스러운|무단 접근|駭客|入侵|未經授權)/iu;
