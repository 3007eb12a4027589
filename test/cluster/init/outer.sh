#!/bin/bash
# PID 1 of the cluster's outer process namespace. Everything of the cluster lives below it and dies with it.
while :; do sleep 3600 & wait; done
