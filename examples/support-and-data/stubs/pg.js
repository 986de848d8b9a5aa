// Stands in for the PostgreSQL driver: two tables by the name of their database, and a database that is never there.

const TABLES = {
  orders: [
    { id: 1, customer: "Ada", total: 120.5, region: "north" },
    { id: 2, customer: "Bo", total: 80, region: "south" },
    { id: 3, customer: "Cy", total: 42.25, region: "north" },
  ],
  visits: [
    { day: "2026-11-01", visitors: 310 },
    { day: "2026-11-02", visitors: 287 },
    { day: "2026-11-03", visitors: 402 },
    { day: "2026-11-04", visitors: 365 },
  ],
};

export class Client {
  constructor({ connectionString }) {
    this.table = connectionString.split("/").at(-1);
  }

  async connect() {
    if (!(this.table in TABLES)) throw new Error(`database "${this.table}" does not exist`);
  }

  async query() {
    const rows = TABLES[this.table];
    return { rows, rowCount: rows.length, fields: Object.keys(rows[0]).map((name) => ({ name })) };
  }

  async end() {}
}
