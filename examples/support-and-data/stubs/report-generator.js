// Stands in for the report service: writes no file, and says how large one would be.

export function create({ data, analysis, format, template }) {
  const size = JSON.stringify({ data, analysis, template }).length;
  return {
    id: `rep-${size}`,
    size,
    downloadUrl: `https://reports.example/rep-${size}.${format}`,
    expiresAt: "2027-01-01T00:00:00Z",
  };
}
