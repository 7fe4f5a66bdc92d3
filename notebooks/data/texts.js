"use strict";

// Made texts with a planted rule, the same in every run: film reviews, and notes about who left with what. README.md in this
// folder states the rules.

const SPECIAL = ["[PAD]", "[CLS]", "[MASK]", "[UNK]"];
const [PAD, CLS, , UNK] = [0, 1, 2, 3];

/** A seeded stream of numbers from 0 to 1. */
function stream(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function one(list, draw) {
  return list[Math.floor(draw() * list.length)];
}

function shuffled(list, draw) {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(draw() * left.length), 1)[0]);
}

/** Words to ids and back. A text starts with [CLS]; a word that is not known is [UNK]. */
function tokenizer(words) {
  const vocabulary = [...SPECIAL, ...words];
  const ids = new Map(vocabulary.map((word, id) => [word, id]));
  return {
    vocabulary,
    encode: (text) => [CLS, ...text.split(" ").map((word) => ids.get(word) ?? UNK)],
    decode: (list) => list.map((id) => vocabulary[id] ?? `#${id}`).join(" "),
  };
}

/** Ids of texts, padded to the longest: what a net takes. */
function batch({ encode }, texts) {
  const each = texts.map(encode);
  const length = Math.max(...each.map((ids) => ids.length));
  const data = new Float32Array(texts.length * length).fill(PAD);
  each.forEach((ids, row) => {
    data.set(ids, row * length);
  });
  return { data, shape: [texts.length, length] };
}

const OPINIONS = {
  good: 1,
  nice: 1,
  fine: 1,
  great: 2,
  lovely: 2,
  bad: -1,
  dull: -1,
  weak: -1,
  awful: -2,
  dreadful: -2,
};
const SUBJECTS = ["film", "plot", "cast", "music", "ending", "camera", "script", "hero"];
const BEFORE = [
  "we saw it on monday",
  "my sister took me along",
  "it ran for two hours",
  "the cinema was full",
  "i had not read the book",
];
const VERBS = ["was", "seemed"];
const JOINTS = ["and", "but", "while"];

/** What a review says: each opinion counts by its strength, twice after "very", and with the other sign after "not". */
function opinionOf(text) {
  const words = text.split(" ");
  return words.reduce((sum, word, i) => {
    const strength = OPINIONS[word];
    if (strength === undefined) return sum;
    const strong = words[i - 1] === "very";
    const denied = words[i - (strong ? 2 : 1)] === "not";
    return sum + strength * (strong ? 2 : 1) * (denied ? -1 : 1);
  }, 0);
}

/** Whether a word is one that the rule reads. */
function counts(word) {
  return word in OPINIONS || word === "not" || word === "very";
}

function makeReviews(count, seed) {
  const draw = stream(seed);
  const texts = [];
  const seen = new Set();
  while (texts.length < count) {
    const subjects = shuffled(SUBJECTS, draw).slice(0, 1 + Math.floor(draw() * 3));
    const clauses = subjects.map((subject) => {
      const denied = draw() < 0.3 ? ["not"] : [];
      const strong = draw() < 0.3 ? ["very"] : [];
      return ["the", subject, one(VERBS, draw), ...denied, ...strong, one(Object.keys(OPINIONS), draw)].join(
        " ",
      );
    });
    const said = clauses.reduce((so, clause) => `${so} ${one(JOINTS, draw)} ${clause}`);
    const text = draw() < 0.5 ? `${one(BEFORE, draw)} . ${said} .` : `${said} .`;
    if (opinionOf(text) === 0 || seen.has(text)) continue;
    seen.add(text);
    texts.push(text);
  }
  return { texts, labels: texts.map((text) => Number(opinionOf(text) > 0)) };
}

const PEOPLE = {
  ada: "she",
  cleo: "she",
  eva: "she",
  hana: "she",
  ben: "he",
  dan: "he",
  finn: "he",
  gil: "he",
};
const TOOLS = {
  baker: "whisk",
  painter: "brush",
  miner: "pick",
  farmer: "rake",
  tailor: "needle",
  doctor: "bandage",
  fisher: "net",
  cook: "pan",
};
const CLOTHES = { winter: "scarf", spring: "cap", summer: "shirt", autumn: "cloak" };
const PLACES = ["berlin", "lima", "oslo", "tokyo", "cairo"];
const DAYS = ["monday", "tuesday", "friday", "saturday", "sunday"];

/** Who left, and what was taken along: the pronoun goes by the name, the tool by the trade, the clothes by the season. */
function makeNotes(count, seed) {
  const draw = stream(seed);
  const notes = [];
  const seen = new Set();
  while (notes.length < count) {
    const [name, trade, season] = [PEOPLE, TOOLS, CLOTHES].map((table) => one(Object.keys(table), draw));
    const phrases = shuffled([`from ${one(PLACES, draw)}`, `on ${one(DAYS, draw)}`, `in ${season}`], draw);
    const prompt = `${name} the ${trade} left ${phrases.join(" ")} .`;
    if (seen.has(prompt)) continue;
    seen.add(prompt);
    const answer = `${PEOPLE[name]} took a ${TOOLS[trade]} and a ${CLOTHES[season]} .`;
    notes.push({ prompt, answer, reads: { pronoun: name, tool: trade, clothes: season } });
  }
  return notes;
}

const words = (texts) => [...new Set(texts.flatMap((text) => text.split(" ")))].sort();

exports.reviews = {
  ...tokenizer(
    words([...Object.keys(OPINIONS), ...SUBJECTS, ...BEFORE, ...VERBS, ...JOINTS, "the not very ."]),
  ),
  classes: ["negative", "positive"],
  train: makeReviews(16000, 1),
  test: makeReviews(400, 2),
  opinionOf,
  counts,
};
const made = makeNotes(10300, 3);
exports.notes = {
  ...tokenizer(
    words(
      [PEOPLE, TOOLS, CLOTHES]
        .flatMap((table) => Object.entries(table).flat())
        .concat(PLACES, DAYS, "the left from on in took a and ."),
    ),
  ),
  train: made.slice(300),
  test: made.slice(0, 300),
};
exports.batch = batch;
