async function generateReport({ data, analysis, format, template }) {
  const reportGenerator = await import('report-generator');
  
  const report = await reportGenerator.create({
    data,
    analysis,
    format,
    template,
    timestamp: new Date().toISOString()
  });
  
  return {
    report_id: report.id,
    format,
    size: report.size,
    download_url: report.downloadUrl,
    expires_at: report.expiresAt
  };
}
