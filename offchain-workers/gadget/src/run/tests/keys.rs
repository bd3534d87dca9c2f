//! A validator with an old and a new key.

use super::*;

#[tokio::test]
async fn duties_of_every_key_that_the_chain_knows_should_be_done_and_tokens_signed_by_the_newest() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        // The old key is bound by a job that is open, the new one by the session.
        state.duties.insert(keys[0].clone(), vec![reveal(1)]);
        state.duties.insert(keys[1].clone(), vec![vote(3)]);
        state.view = vec![peer(1, Some(keys[1].clone())), peer(2, None)];
        made.states.insert(made.heads.best.hash, state);
        made.heads.finalized = block(1, 1);
        for number in 2..=10 {
            made.parents.insert(block(number, 1).hash, block(number - 1, 1));
        }
    };
    let mut world = World::start(prepare, Some(sealed())).await;
    match world.statement().await {
        Statement::Reveal { by, .. } => assert_eq!((by.key, by.validator), (world.keys[0].clone(), account(1))),
        other => panic!("{other:?}"),
    }
    let status = Status {
        stream_key: Some([5; 32]),
        ..status()
    };
    world.events.send(Event::Up(status)).await.unwrap();
    let (token, stream) = world
        .awaited(|message| match message {
            ToWorker::Tokens { me, tokens, stream } if !tokens.is_empty() => {
                assert_eq!(*me, Some(account(1)));
                Some((tokens[0].clone(), stream.clone()))
            }
            _ => None,
        })
        .await;
    assert_eq!(token.audience, account(2));
    let payload = token_payload(Hash::zero(), &account(1), &account(2), token.expires);
    use sp_application_crypto::RuntimeAppPublic;
    assert!(world.keys[1].verify(&payload, &token.signature));
    let stream = stream.expect("the worker has a key");
    assert_eq!(stream.key, [5; 32]);
    let payload = quorate_gateway_api::stream::key_payload(Hash::zero(), &account(1), &[5; 32], stream.expires);
    assert!(world.keys[1].verify(&payload, &stream.signature));
}

#[tokio::test]
async fn checks_of_both_keys_should_be_asked_for() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        state.duties.insert(keys[0].clone(), vec![vote(3)]);
        state.duties.insert(keys[1].clone(), vec![vote(4)]);
        made.states.insert(made.heads.best.hash, state);
    };
    let mut world = World::start(prepare, None).await;
    world.events.send(Event::Up(status())).await.unwrap();
    let mut asked = vec![world.awaited(check).await, world.awaited(check).await];
    asked.sort();
    assert_eq!(asked, [blob(3), blob(4)]);
}
