async function sendNotification({ type, recipient, message, priority = "normal" }) {
  const notificationAPI = await import('notification-service');
  
  const result = await notificationAPI.send({
    type,
    recipient,
    message,
    priority,
    timestamp: new Date().toISOString()
  });
  
  return {
    notification_id: result.id,
    status: result.status,
    delivery_time: result.deliveryTime
  };
}
