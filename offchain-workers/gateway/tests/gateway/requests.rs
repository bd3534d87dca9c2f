//! Inputs and answers of requests: who may bring and read them.

use super::*;

#[tokio::test]
async fn input_of_a_request_should_be_taken_from_whoever_asked_and_be_shown_to_nobody_else() {
    let setup = start().await;
    let (path, root, len) = setup.file(&vec![5; 100_000]).await;
    let input = |organisation, pending| {
        GatewayEntry::Request(RequestBlob {
            request: 7,
            organisation,
            input: BlobRef { root: root.into(), len },
            answer: None,
            pending,
        })
    };
    let all = [members(3, 40, 9), members(4, 41, 42)];
    for view in [input(3, false), input(4, true)] {
        setup.show(&[vec![view], all.to_vec()].concat());
        assert_eq!(refusal(setup.put(root, &path, None).await), 403);
    }
    setup.show(&[vec![input(3, true)], all.to_vec()].concat());
    for stranger in [41, 42, 8] {
        let token = uploader(stranger, &ME, root, now() + 60);
        assert_eq!(refusal(setup.put_with(token, root, &path, None).await), 403);
    }
    assert_eq!(setup.put(root, &path, None).await.unwrap(), Receipt::Stored);
    assert!(
        setup.store.mark(UPDATE_MARK, &root).await.unwrap().is_some(),
        "it goes some day"
    );
    assert_eq!(
        setup.get(&root, Some(&reader_of(40))).await,
        403,
        "before votes it is for validators"
    );
    assert_eq!(setup.get(&root, Some(&validator_of(2, &PEER))).await, 200);
    setup.show(&[vec![input(3, false)], all.to_vec()].concat());
    for (reader, expected) in [(40, 200), (9, 200), (41, 403), (42, 403), (8, 403)] {
        assert_eq!(setup.get(&root, Some(&reader_of(reader))).await, expected, "{reader}");
    }
    assert_eq!(setup.get(&root, None).await, 401);
    assert_eq!(setup.get(&root, Some(&validator_of(2, &PEER))).await, 200);
    // Another organisation names the same root: while validators vote on that, it reads nothing.
    let other = GatewayEntry::Request(RequestBlob {
        request: 8,
        organisation: 4,
        input: BlobRef { root: root.into(), len },
        answer: None,
        pending: true,
    });
    setup.show(&[vec![input(3, false), other], all.to_vec()].concat());
    for (reader, expected) in [(40, 200), (41, 403), (42, 403)] {
        assert_eq!(setup.get(&root, Some(&reader_of(reader))).await, expected, "{reader}");
    }
    setup.show(&all);
    assert_eq!(setup.get(&root, Some(&reader_of(40))).await, 404, "it was pruned");
}

#[tokio::test]
async fn answer_should_be_read_by_validators_and_whoever_asked_alone() {
    let setup = start().await;
    let mut roots = vec![];
    for content in [1, 2, 3] {
        roots.push(setup.store.put_bytes(vec![content; 50_000].into()).await.unwrap());
    }
    let blob = |root: &Root| BlobRef {
        root: (*root).into(),
        len: 50_000,
    };
    let request = |number, organisation, input: &Root, answer: &Root| {
        GatewayEntry::Request(RequestBlob {
            request: number,
            organisation,
            input: blob(input),
            answer: Some(blob(answer)),
            pending: false,
        })
    };
    // The readers of a model and of an artifact with the same number are others.
    let model = GatewayEntry::Readers(Readers {
        model: 7,
        organisations: vec![4],
    });
    let artifact = GatewayEntry::Artifact(ArtifactBlob {
        artifact: 7,
        organisation: 4,
        blob: blob(&[9; 32]),
        access: Access::Contributors,
        readers: vec![],
        pending: false,
    });
    let (first, second) = (request(7, 3, &roots[0], &roots[1]), request(8, 4, &[8; 32], &roots[2]));
    setup.show(&[first, second, members(3, 40, 9), members(4, 41, 42), model, artifact]);
    for (answer, readers) in [
        (1, [(40, 200), (9, 200), (41, 403), (42, 403)]),
        (2, [(40, 403), (9, 403), (41, 200), (42, 200)]),
    ] {
        for (reader, expected) in readers {
            assert_eq!(
                setup.get(&roots[answer], Some(&reader_of(reader))).await,
                expected,
                "{answer} {reader}"
            );
        }
        assert_eq!(setup.get(&roots[answer], Some(&validator_of(2, &PEER))).await, 200);
        assert_eq!(setup.get(&roots[answer], Some(&validator_of(3, &PEER))).await, 403);
        assert_eq!(setup.get(&roots[answer], None).await, 401);
    }
    // An organisation that is not in good standing has no members in the view.
    setup.show(&[request(7, 3, &roots[0], &roots[1]), members(4, 41, 42)]);
    assert_eq!(setup.get(&roots[1], Some(&reader_of(40))).await, 403);
}
