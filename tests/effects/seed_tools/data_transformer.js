async function transform({ data, transformations }) {
  let result = [...data];
  
  for (const transformation of transformations) {
    switch (transformation.type) {
      case 'filter':
        result = result.filter(row => 
          evaluateCondition(row, transformation.config.condition)
        );
        break;
        
      case 'map':
        result = result.map(row => 
          mapFields(row, transformation.config.mapping)
        );
        break;
        
      case 'aggregate':
        result = aggregate(result, transformation.config);
        break;
        
      case 'sort':
        result = result.sort((a, b) => 
          compareValues(a[transformation.config.field], b[transformation.config.field])
        );
        break;
    }
  }
  
  return {
    transformed_data: result,
    original_count: data.length,
    final_count: result.length,
    transformations_applied: transformations.length
  };
}
