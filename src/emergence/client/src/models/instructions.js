/* Instructions in two words on the reader's six letters, followed by three small Transformers; the same as
   emergence/models/instructions.py. */
/* A string as letter numbers, or null when the models cannot read it. */
const encode = ({ letters, length }, text) => {
  const found = [...text.trim().toLowerCase()].map((c) => letters.indexOf(c));
  return found.length === length && found.every((i) => i >= 0) ? found : null;
};
const decode = ({ letters }, tokens) => tokens.map((t) => letters[t] ?? "?").join("");
const at = (list, name) => list.findIndex((x) => x.name === name);
const carryOut = ({ orders, maps }, [order, map], string) =>
  orders[at(orders, order)].takes.map((i) => maps[at(maps, map)].becomes[string[i]]);
const prompt = ({ letters, orders, maps }, [order, map], string) => {
  const words = letters.length,
    equals = words + orders.length + maps.length;
  return [words + at(orders, order), words + orders.length + at(maps, map), ...string, equals];
};
/* What a model writes, each letter the likeliest after those before it. */
const write = (world, model, task, string) => {
  const tokens = prompt(world, task, string),
    start = tokens.length;
  for (let i = 0; i < world.length; i++) tokens.push(model.next(tokens));
  return tokens.slice(start);
};
export { encode, decode, carryOut, prompt, write };
