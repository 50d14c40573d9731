package com.example.chat;

import org.springframework.messaging.converter.MessageConversionException;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.messaging.simp.annotation.SendToUser;
import org.springframework.web.bind.annotation.ControllerAdvice;

/** A private answer: its sender alone hears that a message cannot be read, at /user/queue/errors. */
@ControllerAdvice
public class UnreadableMessages {
  public record Unreadable(String error) {
  }

  @MessageExceptionHandler(MessageConversionException.class)
  @SendToUser(destinations = "/queue/errors", broadcast = false)
  public Unreadable unreadable() {
    return new Unreadable("A message is JSON with id, from and text");
  }
}
