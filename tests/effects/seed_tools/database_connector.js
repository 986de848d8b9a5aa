async function connectAndQuery({ connectionString, query, credentials }) {
  const { Client } = await import('pg');
  const client = new Client({
    connectionString,
    ...credentials
  });
  
  try {
    await client.connect();
    const result = await client.query(query);
    return {
      success: true,
      data: result.rows,
      rowCount: result.rowCount,
      fields: result.fields.map(f => f.name)
    };
  } catch (error) {
    return {
      success: false,
      error: error.message
    };
  } finally {
    await client.end();
  }
}
