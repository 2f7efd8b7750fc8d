"""What comes back, read: bounces, complaints and events become values of domain.event.

It knows the domain only. What follows from an event is decided by domain.bouncing and
done by pipeline.steps.feedback.
"""
