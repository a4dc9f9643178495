package com.amazonaws.services.lambda.runtime;

public interface Client {
    String getAppTitle();
}
