// Stands in for the `pg` module: two rows for every query, and an error for a query that asks for one.
export class Client {
  constructor(options) {
    this.options = options;
  }
  async connect() {
    if (this.options.connectionString === "") throw new Error("no connection string");
  }
  async query(text) {
    if (text.includes("FAIL")) throw new Error("the query failed");
    const rows = [{ id: 1, name: "one" }, { id: 2, name: "two" }];
    return { rows, rowCount: rows.length, fields: [{ name: "id" }, { name: "name" }] };
  }
  async end() {}
}
