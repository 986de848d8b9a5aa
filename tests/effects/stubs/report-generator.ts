type Asked = { format: string; data: unknown[] };

export async function create({ format, data }: Asked) {
  return { id: "report-1", size: data.length, downloadUrl: `https://reports.example.com/1.${format}`, expiresAt: "never" };
}
