package com.example.chat;

/** What a client sends; id and from are its own. */
public record ChatMessage(String id, String from, String text) {
}
