import { catalogue } from './catalogue';

/**
 * The lessons of the tutorial. In the advertisements brackets stand around the spans. Keys are
 * named by the actions that they do.
 */
export const t = catalogue({
  en: {
    tutorial: 'Ten cards',
    lessonOf: '{n} / {all}',
    skip: 'Skip',
    label: 'job title',

    oneKeyTitle: 'One question, one key',
    oneKey:
      'A model finds job titles in advertisements; somebody had marked 999 of them by hand for ' +
      'it. To get better it asks about one span at a time: is what is marked a job title? Press ' +
      '{accept}, or swipe to the right, for yes.',
    oneKeyAd: 'Wanted: [Senior Java Developer] in Hamburg',
    oneKeyHint: 'It is one: these words are the name of the job, from the first to the last.',

    noTitle: 'A no is an answer, too',
    no:
      'A no teaches as much as a yes: this span is none, and nothing is said of the rest of the ' +
      'text. Press {reject}, or swipe to the left. What you do not know, skip with {ignore}: a ' +
      'guess does harm.',
    noAd: 'Join our [Great Team] with free fruit and a pension',
    noHint: 'A team is no job: nobody is hired as a great team.',

    sillyTitle: 'What is not worth asking',
    silly:
      'The tool that this story began with asked about stray digits and dashes, because the ' +
      'model was least sure of them. Here spans without a letter are not asked, and their number ' +
      'is shown. This is what such a question looked like; reject it.',
    sillyAd: 'Nurse (m/f/d), [2] positions, night shift',
    sillyHint: 'A number is no job title.',

    mendTitle: 'Right, but for an end',
    mend:
      'The job is right, and its name begins one word earlier. Drag the start of the span, or ' +
      'press {startLeft}, then accept. The span that was asked about is rejected, and the right ' +
      'one named in its place: one answer, two things learnt.',
    mendAd: 'We need an Assistant [Store Manager] in Leeds',
    mendRight: 'We need an [Assistant Store Manager] in Leeds',
    mendHint: '“Assistant” belongs to the name. Move the start first, then accept.',

    rememberTitle: 'Remembered, not banned',
    remember:
      'The tool asked again and again for words that had been rejected: of the rejects of one ' +
      'session 27 in 100 repeated another. What was rejected is remembered here, and asked ' +
      'rarely. It is never banned, for 37 of those words were right elsewhere. So is “Developer” ' +
      'here, rejected before as a part of longer names.',
    rememberAd: '[Developer] wanted, Python, from anywhere',
    rememberHint: 'Here it is all there is of the name of the job: accept it.',

    undoTitle: 'Everybody slips',
    undo:
      'Before you answer this card, take the last answer back with {undo}. Its card lies there ' +
      'again, as you left it: answer it once more and you are back here. A model forgets what is ' +
      'taken back.',
    undoAd: '[Gardener] for the park of a castle, April to October',
    undoHint: 'First take the last answer back, with {undo} or the button below.',
    undoneHint: 'There it is again. Answer it once more.',
    undoWrongHint: 'Who looks after a park is a gardener: accept it.',

    auditTitle: 'The 91 %',
    audit:
      'After the teaching the tool reported 91 % accuracy, measured on the very texts that the ' +
      'model had picked. That says nothing of other texts. So one question in seven is drawn at ' +
      'random, from texts that no training ever reads, like this one: only these measure, and ' +
      'they give an interval.',
    auditAd: '[Receptionist] for our clinic, part time',
    auditHint: 'It is a job title. Random questions are answered like all others.',

    markTitle: 'All of a text',
    mark:
      'Questions never find what the model does not suspect, so some texts are marked ' +
      'completely. Drag over each job title, or click its first word and move the end with ' +
      '{endRight}; label it with 1, then press {submit}. There are two.',
    markAd: '[Driver] and [Warehouse Assistant] needed in Bristol',
    markHint: 'There are two, “{first}” and “{second}”, both whole. Mark them, then go on.',

    compareTitle: 'Worse, and nobody had seen it',
    compare:
      'The model with the 91 % was worse than the one before: it had forgotten. That came out ' +
      'when people compared the two without knowing which was which. Take the better reading ' +
      'with {first} or {second}; {diff} shows where they differ.',
    compareFirst: 'Office [Manager] and Payroll Clerk in York',
    compareSecond: '[Office Manager] and [Payroll Clerk] in York',
    compareHint: 'The second reading has both names, and has them whole.',

    reviewTitle: 'Who is right?',
    review:
      'You have preferred the old model, as people did in 78 of 100 comparisons. Here such a ' +
      'comparison ends as soon as the evidence suffices, and a version that may be worse does ' +
      'not serve. One last thing: two people have marked this text differently. Take the right ' +
      'version with its digit, or mend one with {mend}.',
    reviewOne: '[Team Lead] Customer Service in Dortmund',
    reviewTwo: '[Team Lead Customer Service] in Dortmund',
    reviewHint: 'Which team is a part of the name: the longer version is right.',

    endTitle: 'That is all',
    end:
      'You know every card now, and why each is asked. In a queue each answer counts exactly ' +
      'once, whatever breaks; of these ten nothing was stored.',
    again: 'Once more',
    toHome: 'Go to the home page',
  },
  de: {
    tutorial: 'Zehn Karten',
    lessonOf: '{n} / {all}',
    skip: 'Weiter',
    label: 'Beruf',

    oneKeyTitle: 'Eine Frage, eine Taste',
    oneKey:
      'Ein Modell findet Berufe in Stellenanzeigen; jemand hatte 999 davon von Hand dafür ' +
      'markiert. Um besser zu werden, fragt es nach einer Stelle auf einmal: Ist das Markierte ' +
      'ein Beruf? {accept} drücken oder nach rechts wischen heißt ja.',
    oneKeyAd: 'Gesucht: [Erfahrene Java-Entwicklerin] in Hamburg',
    oneKeyHint: 'Doch: Das ist der Name des Berufs, vom ersten bis zum letzten Wort.',

    noTitle: 'Nein ist auch eine Antwort',
    no:
      'Ein Nein lehrt so viel wie ein Ja: Diese Stelle ist keiner, und vom Rest des Textes ist ' +
      'nichts gesagt. Drücken Sie {reject}, oder wischen Sie nach links. Was Sie nicht wissen, ' +
      'überspringen Sie mit {ignore}: Raten schadet.',
    noAd: 'Kommen Sie in unser [Tolles Team] mit Obst und Betriebsrente',
    noHint: 'Ein Team ist kein Beruf: Niemand wird als tolles Team eingestellt.',

    sillyTitle: 'Was keine Frage wert ist',
    silly:
      'Das Werkzeug am Anfang dieser Geschichte fragte nach einzelnen Ziffern und Strichen, weil ' +
      'das Modell da am unsichersten war. Hier wird nach Stellen ohne Buchstaben nicht gefragt, ' +
      'und es steht da, wie viele es sind. So sah eine solche Frage aus; lehnen Sie sie ab.',
    sillyAd: 'Pflegekraft (m/w/d), [2] Stellen, Nachtdienst',
    sillyHint: 'Eine Zahl ist kein Beruf.',

    mendTitle: 'Richtig bis auf ein Ende',
    mend:
      'Der Beruf stimmt, nur beginnt sein Name ein Wort früher. Ziehen Sie den Anfang der ' +
      'Stelle, oder drücken Sie {startLeft}, dann nehmen Sie an. Die gefragte Stelle ist damit ' +
      'abgelehnt und die richtige genannt: eine Antwort, aus der zweierlei gelernt wird.',
    mendAd: 'Wir suchen die Stellvertretende [Filialleitung] in Leipzig',
    mendRight: 'Wir suchen die [Stellvertretende Filialleitung] in Leipzig',
    mendHint:
      '„Stellvertretende“ gehört zum Namen. Verschieben Sie erst den Anfang, dann annehmen.',

    rememberTitle: 'Gemerkt, nicht verboten',
    remember:
      'Nach abgelehnten Wörtern fragte das Werkzeug immer wieder: Von den Ablehnungen einer ' +
      'Sitzung wiederholten 27 von 100 eine andere. Hier bleibt Abgelehntes im Gedächtnis und ' +
      'wird selten gefragt. Verboten wird es nie, denn 37 dieser Wörter waren anderswo richtig. ' +
      'So ist es hier mit „Entwickler“, das als Teil längerer Namen abgelehnt worden war.',
    rememberAd: '[Entwickler] gesucht, Python, von überall',
    rememberHint: 'Hier ist es der ganze Name des Berufs: Nehmen Sie es an.',

    undoTitle: 'Jeder vertippt sich',
    undo:
      'Nehmen Sie erst die letzte Antwort zurück, mit {undo}. Ihre Karte liegt wieder da, wie ' +
      'Sie sie verlassen haben: Beantworten Sie sie noch einmal, dann sind Sie wieder hier. Was ' +
      'zurückgenommen ist, vergisst das Modell.',
    undoAd: '[Gärtnerin] für einen Schlosspark, April bis Oktober',
    undoHint: 'Nehmen Sie erst die letzte Antwort zurück, mit {undo} oder dem Knopf unten.',
    undoneHint: 'Da ist sie wieder. Beantworten Sie sie noch einmal.',
    undoWrongHint: 'Wer einen Park pflegt, ist Gärtnerin: Nehmen Sie es an.',

    auditTitle: 'Die 91 %',
    audit:
      'Nach dem Lehren meldete das Werkzeug 91 % Genauigkeit, gemessen an eben den Texten, die ' +
      'das Modell ausgesucht hatte. Das sagt nichts über andere Texte. Darum ist eine von sieben ' +
      'Fragen zufällig gezogen, aus Texten, die kein Training je liest, so wie diese: Nur die ' +
      'messen, und mit einem Intervall.',
    auditAd: '[Empfangskraft] für unsere Klinik, Teilzeit',
    auditHint: 'Das ist ein Beruf. Zufällige Fragen werden beantwortet wie alle anderen.',

    markTitle: 'Alles in einem Text',
    mark:
      'Fragen finden nie, was das Modell nicht ahnt; darum werden einige Texte ganz markiert. ' +
      'Ziehen Sie über jeden Beruf, oder klicken Sie auf sein erstes Wort und verschieben Sie ' +
      'das Ende mit {endRight}; geben Sie mit 1 das Label, dann drücken Sie {submit}. Es sind ' +
      'zwei.',
    markAd: '[Kraftfahrer] und [Gehobene Lagerhilfe] in Bremen gesucht',
    markHint: 'Es sind zwei, „{first}“ und „{second}“, beide ganz. Markieren Sie sie, dann weiter.',

    compareTitle: 'Schlechter, und niemand sah es',
    compare:
      'Das Modell mit den 91 % war schlechter als das vorige: Es hatte vergessen. Das kam ' +
      'heraus, als Leute die beiden verglichen, ohne zu wissen, welches welches war. Nehmen Sie ' +
      'die bessere Lesart mit {first} oder {second}; {diff} zeigt die Unterschiede.',
    compareFirst: 'Leitende [Bürokraft] und Lohnbuchhalter in Jena',
    compareSecond: '[Leitende Bürokraft] und [Lohnbuchhalter] in Jena',
    compareHint: 'Die zweite Lesart hat beide Namen, und beide ganz.',

    reviewTitle: 'Wer hat recht?',
    review:
      'Sie haben das alte Modell vorgezogen, wie andere in 78 von 100 Vergleichen. Hier endet ' +
      'ein solcher Vergleich, sobald die Belege genügen, und eine Version, die schlechter sein ' +
      'kann, kommt nicht in den Dienst. Zuletzt: Zwei Personen haben diesen Text verschieden ' +
      'markiert. Nehmen Sie die richtige Fassung mit ihrer Ziffer, oder verbessern Sie eine mit ' +
      '{mend}.',
    reviewOne: '[Teamleitung] Kundendienst in Dortmund',
    reviewTwo: '[Teamleitung Kundendienst] in Dortmund',
    reviewHint: 'Welches Team, gehört zum Namen: Die längere Fassung ist richtig.',

    endTitle: 'Das ist alles',
    end:
      'Sie kennen jetzt jede Karte, und warum sie gefragt wird. In einer Warteschlange zählt ' +
      'jede Antwort genau einmal, was auch kaputtgeht; von diesen zehn ist nichts gespeichert.',
    again: 'Noch einmal',
    toHome: 'Zur Startseite',
  },
});
