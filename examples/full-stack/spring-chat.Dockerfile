# syntax=docker/dockerfile:1
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /spring-chat
COPY examples/spring-chat/pom.xml ./
COPY examples/spring-chat/src src
RUN mvn -q -B -P boot-4 package

FROM eclipse-temurin:17-jre
WORKDIR /spring-chat
COPY --from=build /spring-chat/target/boot-4/spring-chat.jar ./
USER 10001
ENTRYPOINT ["java", "-jar", "spring-chat.jar"]
