async function format({ code, language, options = {} }) {
  // Import appropriate formatter
  let formatter;
  switch (language) {
    case 'go':
      formatter = await import('go-fmt');
      break;
    case 'javascript':
    case 'typescript':
      formatter = await import('prettier');
      break;
    case 'python':
      formatter = await import('black');
      break;
    default:
      throw new Error(`Unsupported language: ${language}`);
  }
  
  return {
    formatted_code: await formatter.format(code, options),
    original_length: code.length,
    language: language
  };
}
