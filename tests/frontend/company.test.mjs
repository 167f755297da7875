import assert from "node:assert/strict";
import test from "node:test";
import { Company } from "../../assets/js/lib/company.js";

function makeCompany() {
  const said = [];
  const clock = { now: 0 };
  const company = new Company({ say: (frame) => said.push(frame), now: () => clock.now });
  return { company, said, clock };
}

test("looking is said once, and again to a server that has forgotten", () => {
  const { company, said } = makeCompany();
  company.look(7);
  company.look(7);
  company.lookAgain();
  company.look(null);
  company.lookAgain();
  assert.deepEqual(said.map(({ contact }) => contact), [7, 7, null]);
});

test("typing is said every 2.5 seconds at most, and its end once", () => {
  const { company, said, clock } = makeCompany();
  company.typed();
  assert.deepEqual(said, []);
  company.look(7);
  for (const at of [0, 100, 2_400, 2_500, 2_600]) {
    clock.now = at;
    company.typed();
  }
  company.rested();
  company.rested();
  assert.deepEqual(said.slice(1).map((frame) => frame.is_typing), [true, true, false]);
});

test("only the company of the open conversation is shown", () => {
  const { company } = makeCompany();
  company.look(7);
  company.hear({ contact: 7, people: [{ id: 1, name: "Ben", is_typing: false }] });
  company.hear({ contact: 8, people: [{ id: 2, name: "Cleo", is_typing: false }] });
  assert.deepEqual(company.people.map(({ name }) => name), ["Ben"]);
  company.look(8);
  assert.deepEqual(company.people, []);
});
